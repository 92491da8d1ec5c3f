"""The whole loop: fly tracks sampled from a model through every stage, and compare what model comes out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from data_schemas.aircraft import AIRCRAFT_TYPES
from data_schemas.config import (
    Config,
    EnrichSettings,
    LaunchSettings,
    ModelSettings,
    ProcessSettings,
    SimulateSettings,
)
from data_schemas.errors import InputError
from data_schemas.files import complete_file, write_text
from data_schemas.packaged import resolve
from workflow.layout import Layout
from workflow.stages.registered import BY_NAME, configured_job
from workflow.stages.stage import run_stage

if TYPE_CHECKING:  # polars and numba wait for the threads to be set
    import polars as pl

    from tracks.models.network import EncounterModel
    from tracks.simulate.flown import FlownTracks

STAGES = ("organize", "archive", "process", "train")
"""Stages of the loop; statistics count what train counts."""
NOISE_M = 4.0
"""Error of noisy positions, north and east each, m: 95 % within 10 m, which is NACp 10 (DO-260B)."""
AGE_S = 0.6
"""Age of noisy messages, and of positions beyond that, at most, s. Positions of consecutive seconds are then
1 s apart with a standard deviation of 0.35 s; 0.33 s in the 1 Hz recording of Paris, by reported speeds."""

_FAULTLESS = {
    name: 0.0
    for name in SimulateSettings.model_fields
    if name.startswith(("missing_", "outlier_", "no_", "duplicate_", "bad_", "gaps_", "dropouts_"))
}
_PUBLISHED_TYPES = {"fwse": "FixedWingSingleEngine", "fwme": "FixedWingMultiEngine"}
"""What the names of the published model files call these types."""
_NAME = "loop"


@dataclass(frozen=True)
class Loop:
    """What is flown, and how it is reported.

    `report_every_s` are the intervals of noisy reports, a case each; `aircraft_type` None is that of the name
    of the model's file.
    """

    model: str
    tracks: int
    seconds: int
    seed: int
    report_every_s: tuple[int, ...] = (1, 10)
    aircraft_type: str | None = None


@dataclass(frozen=True)
class Case:
    """How tracks are reported, in which raw folder, and what stage 3 does otherwise than published."""

    title: str
    raw: str
    reception: SimulateSettings
    process: Mapping[str, str] = field(default_factory=dict)


def cases(loop: Loop) -> dict[str, Case]:
    """Return the cases by name, from exact reports to noisy ones, which tells their causes apart.

    Exact reports are complete and of the very second. Measured ones are too, but rounded as ADS-B has them,
    and positions are off by `NOISE_M`. Noisy ones are, besides, up to 2 x `AGE_S` late, with gaps and faults
    as `trackmill simulate` makes them.
    """
    exact = _FAULTLESS | {"seed": loop.seed, "rounded": False, "contact_age_s": 0, "stale_s": 0}
    measured = exact | {"rounded": True, "position_noise_m": NOISE_M}
    noisy = {"seed": loop.seed, "position_noise_m": NOISE_M, "contact_age_s": AGE_S}
    found = {
        "exact_1s": _case("1 s, exact", "exact_1s", exact, 1),
        "hampel_1s": _case("1 s, exact; outlier test hampel", "exact_1s", exact, 1, outlier_test="hampel"),
        "measured_1s": _case("1 s, measured", "measured_1s", measured, 1),
    }
    for n in loop.report_every_s:
        found[f"noisy_{n}s"] = _case(f"{n} s, noisy", f"noisy_{n}s", noisy, n)
    return found


def _case(title: str, raw: str, reception: Mapping[str, object], every_s: int, **process: str) -> Case:
    settings = {**reception, "report_interval_s": every_s}
    return Case(title, raw, SimulateSettings.model_validate(settings), process)


def run_loop(loop: Loop, out: Path, launch: LaunchSettings) -> None:
    """Fly tracks, run the stages on the reports of every case, and write what came out.

    Below `out`: `config.yaml` and `results` of the runs, a data set a case; `raw`, `registry` and `ground`,
    what they read; `flown.txt`, the model trained on the tracks themselves; `distances.parquet`,
    `seconds.parquet`, `shares.parquet` and `loop.json`, the comparison; `report.html`, to read.

    Raises
    ------
    InputError
        The folder is not empty, the model is of another kind, or the tracks are too short or too long.
    """
    from tracks.models.file import read_model, write_model
    from tracks.models.recovery import retrain, settings_of
    from tracks.models.sample import sample_tracks
    from tracks.simulate.flown import fly
    from workflow.report.loop import write_loop_page

    if out.exists() and any(out.iterdir()):
        raise InputError(out, "is not empty", "name a new folder: rows of two loops must not mix")
    _check_length(loop)
    file = resolve(loop.model)
    model = read_model(file)
    aircraft_type = loop.aircraft_type or _type_of(file)
    kind = settings_of(model).model_copy(update={"name": _NAME, "squawks": ("all",)})
    samples = sample_tracks(model, loop.tracks, loop.seconds, loop.seed, reject=True)
    flown = fly(samples, loop.seed)
    config = _prepare(out, loop, flown, kind, aircraft_type, launch)
    trained = retrain(samples, kind, hold_layer=False)
    write_model(trained, out / "flown.txt")
    _run_stages(config, launch)
    models = {"model": model, "flown": trained} | _recovered(config, aircraft_type)
    tables = _compare(config, models, flown.truth, kind)
    for name, table in tables.items():
        with complete_file(out / f"{name}.parquet") as part:
            table.write_parquet(part)
    facts = _facts(config, loop, aircraft_type, models)
    write_text(out / "loop.json", json.dumps(facts, indent=1) + "\n")
    write_loop_page(out)


def _check_length(loop: Loop) -> None:
    """Refuse tracks of fewer reports than a segment must have."""
    interval = max([1, *loop.report_every_s])
    least = ProcessSettings().minimum_rows * interval
    if loop.seconds < least:
        problem = f"{loop.seconds} s are too short a segment for reports every {interval} s"
        raise InputError("seconds", problem, f"{least} at least")


def _type_of(file: Path) -> str:
    name = file.name.lower()
    known = {kind.lower(): kind for kind in AIRCRAFT_TYPES} | _PUBLISHED_TYPES
    found = [kind for word, kind in known.items() if word in name]
    if len(found) != 1:
        raise InputError(
            file, "its name says no aircraft type", f"add --aircraft-type {'|'.join(AIRCRAFT_TYPES)}"
        )
    return found[0]


def _prepare(
    out: Path,
    loop: Loop,
    flown: FlownTracks,
    kind: ModelSettings,
    aircraft_type: str,
    launch: LaunchSettings,
) -> Config:
    """Write all that the stages read: hour files, register, terrain, regions, airspace, configuration."""
    from tracks.simulate.flown import write_flown_hours, write_flown_registry
    from tracks.simulate.proving_ground import write_ground

    register = out / "registry" / "aircraft.csv"
    write_flown_registry(register, flown, aircraft_type)
    ground: EnrichSettings = write_ground(out / "ground")
    for raw, reception in {case.raw: case.reception for case in cases(loop).values()}.items():
        counts = write_flown_hours(out / "raw" / raw, flown, reception)
        print(f"loop {raw}: {counts.rows_out:,} state vectors", file=sys.stderr)
    tree = {
        "results": str(out / "results"),
        "launch": launch.model_dump(mode="json"),
        "registry": {"sources": [{"format": "generic", "path": str(register)}]},
        "enrich": ground.model_dump(mode="json"),
        "train": {"models": [kind.model_dump(mode="json")]},
        "datasets": {
            name: {"raw": str(out / "raw" / case.raw), "process": dict(case.process)}
            for name, case in cases(loop).items()
        },
    }
    write_text(out / "config.yaml", yaml.safe_dump(tree, sort_keys=False))
    return Config.model_validate(tree)


def _run_stages(config: Config, launch: LaunchSettings) -> None:
    from tracks.registry import build_registry

    build_registry(config.registry, Layout(Path(config.results)).registry)
    for case in config.datasets:
        for stage in STAGES:
            run_stage(BY_NAME[stage], configured_job(config, case, stage), launch)


def _recovered(config: Config, aircraft_type: str) -> dict[str, EncounterModel]:
    from tracks.models.file import read_model

    layout = Layout(Path(config.results))
    found = {}
    for case in config.datasets:
        file = layout.output(case, "train") / f"{_NAME}_all_{aircraft_type}.txt"
        if not file.exists():
            raise InputError(file, "no second of any track was recovered", "fly more or longer tracks")
        found[case] = read_model(file)
    return found


def _compare(
    config: Config, models: Mapping[str, EncounterModel], truth: pl.DataFrame, kind: ModelSettings
) -> dict[str, pl.DataFrame]:
    """Return the tables of the comparison, a column `case` in front."""
    import polars as pl

    from tracks.models.distance import bin_shares, model_distance
    from tracks.models.matched import compare_seconds, matched_seconds

    layout = Layout(Path(config.results))
    # An acceleration looks two seconds ahead, so further in all windows it comes from are whole.
    end_s = config.process.smooth_half_window_s + 2
    seconds = {
        case: compare_seconds(matched_seconds(truth, layout.output(case, "process"), end_s), kind)
        for case in config.datasets
    }
    tables = {
        "distances": {case: model_distance(models["flown"], other) for case, other in models.items()},
        "shares": {case: bin_shares(other) for case, other in models.items()},
        "seconds": seconds,
    }
    return {
        name: pl.concat(table.select(pl.lit(case).alias("case"), pl.all()) for case, table in cases.items())
        for name, cases in tables.items()
    }


def _facts(
    config: Config, loop: Loop, aircraft_type: str, models: Mapping[str, EncounterModel]
) -> dict[str, Any]:
    """Return what was flown and, of every case, the seconds observed and the rows that left by reason."""
    layout = Layout(Path(config.results))
    facts = {
        name: {
            "title": case.title,
            "observed_s": _observations(models[name]),
            "stages": {
                stage: {key: summary[key] for key in ("rows_in", "rows_out", "left", "made")}
                for stage in STAGES
                for summary in (json.loads(layout.summary(name, stage).read_text(encoding="utf-8")),)
            },
        }
        for name, case in cases(loop).items()
    }
    about = asdict(loop) | {"model": resolve(loop.model).name, "aircraft_type": aircraft_type}
    flown = {"observed_s": _observations(models["flown"]), "noise_m": NOISE_M, "age_s": AGE_S}
    return {**about, **flown, "cases": facts}


def _observations(model: EncounterModel) -> int:
    table = model.initial.tables[0]
    return 0 if table is None else int(table.sum())
