"""Commands that bring data: registry, samples, simulate."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from data_schemas.config import LaunchSettings, SimulateSettings
from data_schemas.config.document import section_lines
from data_schemas.errors import InputError
from workflow.cli import leaves, options
from workflow.cli.ranks import on_all_ranks
from workflow.layout import Layout

_RECORDINGS = ("quickstart", "switzerland", "calfire", "gliders", "ambulances", "noisy")
"""Paris at 1 Hz, Switzerland at 10 s, fire-fighting aircraft, gliders, helicopters, noisy recordings."""


def add_commands(commands: Any) -> None:
    """Add `registry`, `samples` and `simulate`."""
    _add_registry(commands)
    _add_samples(commands)
    _add_simulate(commands)


def _add_registry(commands: Any) -> None:
    registry = commands.add_parser(
        "registry",
        help="Build the one table of aircraft from registers; look up an address; show the leaves.",
        description="Stage 0: one table of aircraft by address and period of validity.",
    )
    actions = registry.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="read the registers of the configuration into one table")
    options.add_config(build)
    build.add_argument("--out", metavar="FILE", type=Path, help="default: registry.parquet of the results")
    build.set_defaults(run=_build_registry)
    lookup = actions.add_parser("lookup", help="say what is known of an address, and from where")
    lookup.add_argument("icao24", metavar="ADDRESS", help="six hexadecimal digits, e.g. 3C6444")
    options.add_config(lookup)
    lookup.add_argument(
        "--registry", metavar="FILE", type=Path, help="default: registry.parquet of the results"
    )
    lookup.add_argument(
        "--year",
        metavar="YEAR",
        type=int,
        action="append",
        default=[],
        dest="years",
        help="name the leaf of this year (repeatable)",
    )
    lookup.set_defaults(run=_lookup)
    leaves.add_actions(actions)


def _build_registry(arguments: argparse.Namespace) -> None:
    from tracks.registry import build_registry

    config = options.read_config(arguments)
    out = arguments.out or Layout(Path(config.results)).registry
    summary = build_registry(config.registry, out)
    counts = summary.counts()
    print(f"{out}: {counts.rows_out} rows from {counts.rows_in} of {len(config.registry.sources)} registers")
    print("\n".join(summary.lines()))


def _lookup(arguments: argparse.Namespace) -> None:
    from tracks.registry import lookup

    config = options.read_config(arguments)
    registry = arguments.registry or Layout(Path(config.results)).registry
    print(lookup(registry, arguments.icao24, config.registry, arguments.years))


def _add_samples(commands: Any) -> None:
    samples = commands.add_parser(
        "samples",
        help="Write real OpenSky recordings as hourly raw files.",
        description="Rewrite recordings that the PyPI package traffic ships (read as data, never imported) "
        "as OpenSky publishes its state vectors: hourly .csv.tar files in SI units.",
        epilog="Without DIR: the recordings of the configuration's data set, into its raw folder. Others: "
        "savan, military, calibration, surveys, featured, ... (a recording or a group of the package).",
    )
    samples.add_argument("out", metavar="DIR", type=Path, nargs="?", help="folder to write to")
    samples.add_argument(
        "recordings", metavar="RECORDING", nargs="*", help=f"default: {' '.join(_RECORDINGS)}"
    )
    options.add_dataset(samples)
    samples.set_defaults(run=_samples)


def _samples(arguments: argparse.Namespace) -> None:
    from data_schemas.files import write_text
    from tracks.samples import write_samples

    recordings, out = tuple(arguments.recordings), arguments.out
    if out and not recordings and not arguments.dataset:
        recordings = _RECORDINGS
    if not recordings:
        config = options.read_config(arguments)
        name = options.dataset_name(arguments, config)
        recordings = config.dataset(name).samples
        if not recordings:
            raise InputError(arguments.config, f"data set {name} has no samples", "name recordings after DIR")
        out = out or Layout(Path(config.results)).raw(name)
    counts = write_samples(recordings, out)
    facts = {"recordings": recordings, "rows_in": counts.rows_in, "rows_out": counts.rows_out}
    write_text(out / "samples.json", json.dumps(facts | {"left": dict(counts.left)}, indent=1) + "\n")
    print(f"{out}: {counts.rows_out} observations of {', '.join(recordings)}")


def _add_simulate(commands: Any) -> None:
    simulate = commands.add_parser(
        "simulate",
        help="Simulate hours of raw files for scale work.",
        description="Write simulated raw hour files in the published format, the register of the fleet and a "
        "configuration to run them with. Same seed, same bytes, on any number of ranks.",
    )
    simulate.add_argument("out", metavar="DIR", type=Path, nargs="?", help="folder to write to")
    simulate.add_argument("--settings", metavar="FILE", type=Path, help="YAML file of simulation settings")
    simulate.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="changes",
        help="one setting, e.g. --set hours=24 (repeatable)",
    )
    simulate.add_argument(
        "--list", action="store_true", help="list the settings with their defaults and stop"
    )
    options.add_launch(simulate, default="serially")
    simulate.set_defaults(run=_simulate)


def _simulate(arguments: argparse.Namespace) -> int:
    from workflow.stages.simulate import simulate_hours, simulate_settings

    if arguments.list:
        print("\n".join(section_lines(SimulateSettings)))
        return 0
    settings = simulate_settings(arguments.settings, arguments.changes)
    if arguments.out is None:
        raise InputError("DIR", "is missing", "name the folder to write to")
    launch = options.launch_settings(arguments, LaunchSettings(backend="serial"))
    return on_all_ranks(launch, lambda: simulate_hours(arguments.out, settings, launch))
