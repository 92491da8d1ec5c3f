"""The report of a run, put together from its parts."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from matplotlib.figure import Figure

from data_schemas.config import Config, LaunchSettings
from data_schemas.errors import StageFailedError
from data_schemas.files import write_text
from workflow.layout import Layout, stages_of
from workflow.report import page
from workflow.report.geoid import geoid_part
from workflow.report.hours import hours_part
from workflow.report.ledger import balance, ledger_part, runs_part
from workflow.report.loop import loop_part
from workflow.report.maps import track_map
from workflow.report.models import models_part
from workflow.report.profiles import flight_profile
from workflow.report.registers import registers_part
from workflow.report.results import Results, read_results
from workflow.report.structure import structure_part


def build_report(config: Config, out: Path) -> None:
    """Write the report on all data sets of a configuration as one HTML file that needs no network.

    Raises
    ------
    InputError
        A stage has not finished.
    StageFailedError
        The ledger does not balance; the report is written and shows where.
    """
    everything = read_results(config)
    sections = [
        _section("summary", "Summary", _summary(everything)),
        _section("tracks", "Tracks", _figures(everything, track_map, dense=True)),
        _section("flights", "One flight, raw and cleaned", _figures(everything, flight_profile)),
        _section("registers", "Registers of aircraft", registers_part(Layout(Path(config.results)).registry)),
        _section("ledger", "Every row accounted for", ledger_part(everything)),
        _section("hours", "Flight hours", _each(everything, hours_part)),
        _section("altitudes", "Geometric altitudes and the geoid", geoid_part(everything)),
        _section(
            "models", "Encounter models", _each(everything, models_part), _each(everything, structure_part)
        ),
        *_loop(Layout(Path(config.results)).loop),
        _section("runs", "How it was run", launch_part(config), _each(everything, runs_part)),
        _section("settings", "Settings", _settings(everything)),
    ]
    lead = page.paragraph(
        "From recorded aircraft surveillance observations to clean 1 Hz tracks and encounter models. "
        f"trackmill {version('trackmill')}; data sets: {', '.join(r.name for r in everything)}."
    )
    write_text(out, page.page("trackmill report", lead, sections))
    wrong = [f"{r.name}: {words}" for r in everything for words, _, _, sign in balance(r) if sign != "✓"]
    if wrong:
        raise StageFailedError(f"{out}: the ledger does not balance: {'; '.join(wrong)}")


def _loop(folder: Path) -> list[tuple[str, str, str]]:
    part = loop_part(folder)
    return [_section("loop", "A model flown and recovered", part)] if part else []


def _section(anchor: str, title: str, *parts: str) -> tuple[str, str, str]:
    return anchor, title, page.section(title, *parts, anchor=anchor)


def _each(everything: list[Results], part: Callable[[Results], str]) -> str:
    return "".join(part(results) for results in everything)


def _figures(
    everything: list[Results], draw: Callable[[Results], tuple[Figure, str] | None], *, dense: bool = False
) -> str:
    parts = []
    for results in everything:
        drawn = draw(results)
        if drawn is None:
            why = "" if results.tracks_folder else ": none are written (fuse.write_tracks is false)"
            parts.append(page.paragraph(f"{results.name}: no tracks to draw{why}."))
        else:
            parts.append(page.figure(*drawn, dense=dense))
    return "".join(parts)


def _summary(everything: list[Results]) -> str:
    rows = []
    for results in everything:
        process = results.summaries["process"]
        made = process["made"]
        rows.append(
            (
                results.name,
                results.summaries["organize"]["tasks"],
                results.summaries["organize"]["rows_in"],
                results.summaries["process"]["tasks"],
                process["rows_out"],
                made.get("segments", 0),
                made.get("seconds", 0),
                f"{made.get('seconds', 0) / 3600:,.1f}",
                len(results.summaries["train"]["models"]),
                "✓" if all(sign == "✓" for *_, sign in balance(results)) else "✗ see the ledger",
            )
        )
    head = (
        "data set",
        "hour files",
        "raw rows",
        "leaves",
        "rows kept",
        "segments",
        "seconds of track",
        "hours",
        "models",
        "ledger balances",
    )
    return (
        page.table(head, rows)
        + _outside_data(everything, "absent", "What was absent")
        + _outside_data(everything, "read", "What was read")
    )


def _outside_data(everything: list[Results], key: str, title: str) -> str:
    """Return what the process stage says of the outside data, and of which data sets."""
    where: dict[str, list[str]] = {}
    for results in everything:
        for line in results.summaries["process"][key]:
            where.setdefault(line, []).append(results.name)
    lines = [f"{', '.join(names)}: {line}" for line, names in where.items()]
    return page.subsection(title, page.bullets(lines)) if lines else ""


def launch_part(config: Config) -> str:
    """Return in words how the stages were launched, those that differ by name, and with which versions."""
    lines = [f"{_launch(config.launch)} Triples are nodes, processes per node, threads a process."]
    stages = dict.fromkeys(stage for name in config.datasets for stage in stages_of(config.dataset(name)))
    own = [stage for stage in stages if config.launch_of(stage) != config.launch]
    lines += [f"Stage {stage}: {_launch(config.launch_of(stage))}" for stage in own]
    return page.paragraph(f"{' '.join(lines)} {platform.machine()}, {_versions()}.")


def _launch(launch: LaunchSettings) -> str:
    nodes, processes, threads = launch.triple
    return (
        f"Backend {launch.backend}, triple [{nodes}, {processes}, {threads}], order {launch.order}, "
        f"distribution {launch.distribution}."
    )


def _versions() -> str:
    packages = ("polars", "pyarrow", "numba", "numpy", "mpi4py", "mpich", "snakemake")
    found = [f"Python {platform.python_version()}"]
    for name in packages:
        with suppress(PackageNotFoundError):  # on a cluster the site's MPI stands for the package mpich
            found.append(f"{name} {version(name)}")
    return ", ".join(found)


def _settings(everything: list[Results]) -> str:
    return "".join(
        page.folded(
            results.name,
            f"<pre>{page.text(json.dumps(results.dataset.model_dump(mode='json'), indent=1))}</pre>",
        )
        for results in everything
    )
