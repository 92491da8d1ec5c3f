"""Settings of the published uncorrelated and unconventional encounter models.

Source of all numbers and graphs: the model files, and for the altitude scopes the README, of
Airspace-Encounter-Models/em-model-manned-bayes (BSD-2-Clause, Massachusetts Institute of Technology). The
reports behind them: Weinert et al. 2021 (OpenSky), MIT Lincoln Laboratory ATC-345 (RADES, 1200 code) and
ATC-348 (unconventional).

What a file leaves open:

- Where it has `*` instead of cut points of L, those of a later version of the same model are taken (1200 code
  2.2; balloon, glider, paraglider 1.2). The other unconventional models with as many layers and the same
  scope, [0, 10000] ft, get those of these three. Skydiving and weather balloon have no such neighbour: their
  presets leave L out.
- No presets: RADES uncorrelated 1.0 (its transition graph was not at hand), and the littoral, correlated,
  terminal, due regard and air ambulance models, which have other variables.
"""

from __future__ import annotations

from typing import Any

_LAYERS = {"layer_ft_agl": (0, 1200, 3000, 5000, 10000), "altitude_scope_ft_agl": (0, 10000)}
_AIRBORNE = ("L", "v", "dv", "dh", "dpsi")

# glider, paraglider and hang gliders: turn and vertical rate of the later second come before the acceleration
_SOARING = {
    "dv": ("L", "v", "dv", "dh(t+1)", "dpsi(t+1)"),
    "dh": ("L", "v", "dh"),
    "dpsi": ("L", "v", "dpsi", "dh(t+1)"),
}
_HANG_GLIDER = {
    "dv": ("L", "v", "dv", "dh(t+1)"),
    "dh": ("L", "dh"),
    "dpsi": ("L", "v", "dpsi", "dh(t+1)"),
}
_WIDE_TURNS = (-17.5, -12.5, -7.5, -2.5, 2.5, 7.5, 12.5, 17.5)
_MIDDLE_CLIMBS = (-1050, -750, -450, -150, 150, 450, 750, 1050)
_HANG_GLIDER_SETTINGS: dict[str, Any] = {
    "variables": _AIRBORNE,
    **_LAYERS,
    "speed_kt": (0, 5, 10, 15, 20, 28, 36, 44, 56),
    "acceleration_kt_s": (-0.75, -0.5, -0.15, 0.15, 0.5, 0.75),
    "vertical_rate_ft_min": _MIDDLE_CLIMBS,
    "turn_rate_deg_s": _WIDE_TURNS,
    "transition_graph": _HANG_GLIDER,
    "squawks": ("all",),
}

PRESETS: dict[str, dict[str, Any]] = {
    # uncor_*_v1p2.txt: the defaults of ModelSettings
    "uncor_opensky_v1p2": {},
    # uncor_allcode_*_v1.txt: one model a type, whatever the code; Canada became a region in 1.2
    "uncor_opensky_v1": {"regions": 4, "squawks": ("all",)},
    # uncor_1200code_v2p1.txt, with L of uncor_v2p2.txt, which has the same counts; scope of the README
    "uncor_1200code_v2": {
        "regions": 4,
        "layer_ft_agl": (500, 1200, 3000, 5000, 12500),
        "altitude_scope_ft_agl": (500, 18000),
        "squawks": ("1200only",),
    },
    # balloon_v1.txt, L of balloon_v1p2.txt
    "balloon": {
        "variables": ("L", "dh"),
        **_LAYERS,
        "vertical_rate_ft_min": (-800, -500, -300, -100, 100, 300, 500, 800),
        "initial_graph": {"dh": ("L",)},
        "transition_graph": {"dh": ("dh",)},
        "squawks": ("all",),
    },
    # blimp_v1.txt: no edges but from a variable to itself a second later
    "blimp": {
        "variables": _AIRBORNE,
        **_LAYERS,
        "speed_kt": (0, 5, 10, 15, 20, 27.5, 35, 42.5, 52.5),
        "acceleration_kt_s": (-0.5, -0.2, -0.05, 0.05, 0.2, 0.5),
        "vertical_rate_ft_min": (-700, -500, -300, -100, 100, 300, 500, 700),
        "turn_rate_deg_s": (-8, -5, -3, -1, 1, 3, 5, 8),
        "initial_graph": {},
        "transition_graph": {"dv": ("dv",), "dh": ("dh",), "dpsi": ("dpsi",)},
        "squawks": ("all",),
    },
    # fai1_v1.txt
    "hang_glider_flexible": _HANG_GLIDER_SETTINGS,
    # fai5_v1.txt
    "hang_glider_rigid": _HANG_GLIDER_SETTINGS,
    # glider_v1.txt, L of glider_v1p2.txt
    "glider": {
        "variables": _AIRBORNE,
        **_LAYERS,
        "speed_kt": (0, 15, 30, 45, 60, 75, 90, 105, 130),
        "acceleration_kt_s": (-1.25, -0.5, -0.15, 0.15, 0.5, 1.25),
        "vertical_rate_ft_min": (-1250, -750, -450, -150, 150, 450, 750, 1250),
        "turn_rate_deg_s": _WIDE_TURNS,
        "transition_graph": _SOARING,
        "squawks": ("all",),
    },
    # paraglider_v1.txt, L of paraglider_v1p2.txt
    "paraglider": {
        "variables": _AIRBORNE,
        **_LAYERS,
        "speed_kt": (0, 5, 10, 15, 20, 25, 30, 35, 45),
        "acceleration_kt_s": (-0.5, -0.2, -0.05, 0.05, 0.2, 0.5),
        "vertical_rate_ft_min": _MIDDLE_CLIMBS,
        "turn_rate_deg_s": _WIDE_TURNS,
        "transition_graph": _SOARING,
        "squawks": ("all",),
    },
    # paramotor_v1.txt
    "paramotor": {
        "variables": _AIRBORNE,
        **_LAYERS,
        "speed_kt": (0, 5, 10, 15, 20, 25, 30, 35, 45),
        "acceleration_kt_s": (-0.6, -0.2, -0.05, 0.05, 0.2, 0.6),
        "vertical_rate_ft_min": _MIDDLE_CLIMBS,
        "turn_rate_deg_s": _WIDE_TURNS,
        "initial_graph": {"v": ("L",), "dv": ("dh",), "dh": ("v", "dpsi"), "dpsi": ("v",)},
        "transition_graph": {
            "dv": ("L", "dv", "dpsi(t+1)"),
            "dh": ("L", "dh"),
            "dpsi": ("L", "dpsi", "dh(t+1)"),
        },
        "squawks": ("all",),
    },
    # skydiving_v1.txt, without L
    "skydiving": {
        "variables": ("v", "dv", "dh", "dpsi"),
        "altitude_scope_ft_agl": (0, 15000),
        "speed_kt": (0, 10, 20, 30, 45, 60, 90, 120, 150),
        "acceleration_kt_s": (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5),
        "vertical_rate_ft_min": (-13000, -8000, -3500, -2500, -1500, -500, 0, 500),
        "turn_rate_deg_s": (-12, -8, -4, -2, 2, 4, 8, 12),
        "initial_graph": {"dv": ("dh",), "dh": ("v", "dpsi"), "dpsi": ("v",)},
        "transition_graph": {"dv": ("dv", "dpsi(t+1)"), "dh": ("dh",), "dpsi": ("dpsi", "dh(t+1)")},
        "squawks": ("all",),
    },
    # weatherballoon_v1.txt, without L
    "weather_balloon": {
        "variables": ("dh",),
        "altitude_scope_ft_agl": (0, 120000),
        "vertical_rate_ft_min": (0, 300, 600, 900, 1200, 1500, 1800, 2100),
        "initial_graph": {},
        "transition_graph": {"dh": ("dh",)},
        "squawks": ("all",),
    },
}
"""Fields of `ModelSettings` by the name of a preset."""
