"""Encounter models of a single manoeuvre, whose recovered values can be computed by hand."""

import numpy as np

from tracks.models.network import EncounterModel, Network

LABELS = ("G", "A", "L", "v", r"\dot v", r"\dot h", r"\dot \psi")
CUTS = (
    None,
    None,
    (50.0, 4000.0, 7000.0, 12000.0),
    (0.0, 30.0, 60.0, 90.0, 120.0, 150.0),
    (-2.0, -0.25, 0.25, 2.0),
    (-2000.0, -250.0, 250.0, 750.0),
    (-8.0, -1.5, 1.5, 4.5),
)
BINS = (5, 4, 3, 5, 3, 3, 3)


def manoeuvre(climbs=False, turns=False):
    """Return a model of all of G and A, L up to 7000 ft, 90 to 120 kt.

    Climbs are of 250 to 750 ft/min, turns, to the right, of 1.5 to 4.5 deg/s, or there are none.
    No variable depends on another, and what was drawn at the start stays for ever.
    """
    counts = (
        *([1] * 5, [1] * 4, [1, 1, 0], [0, 0, 0, 1, 0], [0, 1, 0]),
        [0, 0, 1] if climbs else [0, 1, 0],
        [0, 0, 1] if turns else [0, 1, 0],
    )
    initial = Network(LABELS, ((),) * 7, BINS, tuple(np.array(c)[:, None] for c in counts))
    now = (*LABELS[:4], *(f"{name}(t)" for name in LABELS[4:]))
    later = tuple(f"{name}(t+1)" for name in LABELS[4:])
    stay = tuple(np.eye(3, dtype=np.int64) for _ in later)
    transition = Network(
        (*now, *later), (*((),) * 7, (4,), (5,), (6,)), (*BINS, *BINS[4:]), (*(None,) * 7, *stay)
    )
    return EncounterModel(initial, transition, CUTS, (0.0,) * 7)
