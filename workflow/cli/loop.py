"""The command loop: the whole loop from a model to a model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

from data_schemas.aircraft import AIRCRAFT_TYPES
from data_schemas.config import LaunchSettings, SimulateSettings
from data_schemas.errors import InputError
from workflow.cli import options
from workflow.cli.ranks import on_all_ranks

MOST_TRACKS = 500_000
"""The block of U.S. addresses has as many, and more."""
INTERVALS_S = get_args(SimulateSettings.model_fields["report_interval_s"].annotation)


def add_commands(commands: Any) -> None:
    """Add `loop`."""
    command = commands.add_parser(
        "loop",
        help="Fly an encounter model through all stages and compare the model recovered.",
        description="Sample tracks from a model, report them as receivers would (exact, then noisy), run "
        "organize, archive, process and train on the reports, and say how far the model that comes out is "
        "from the tracks flown, variable by variable: tables as Parquet, loop.json, and report.html.",
        epilog="Example: trackmill loop package:uncor_1200only_rotorcraft_v1p2.txt --out flown",
    )
    command.add_argument("model", metavar="MODEL", help="model file; package:NAME is one the package ships")
    command.add_argument("--out", metavar="DIR", type=Path, required=True, help="new folder to write to")
    command.add_argument(
        "-n", "--tracks", metavar="N", type=int, default=2000, help="number of tracks (2000)"
    )
    command.add_argument(
        "--seconds",
        metavar="S",
        type=int,
        default=300,
        help="length of a track, s (300); near its ends, 15 s each, smoothing has part of its window only",
    )
    command.add_argument(
        "--seed", metavar="N", type=int, default=7, dest="sample_seed", help="same seed, same bytes (7)"
    )
    command.add_argument(
        "--report-every",
        metavar="S",
        default="1,10",
        help="intervals of noisy reports, of 1, 2, 5 and 10 s (1,10)",
    )
    command.add_argument(
        "--aircraft-type",
        metavar="TYPE",
        choices=AIRCRAFT_TYPES,
        help="type whose limits stage 3 applies (default: that in the name of the model's file)",
    )
    options.add_launch(command, default="serially", own_seed=True)
    command.set_defaults(run=_loop)


def _loop(arguments: argparse.Namespace) -> int:
    from workflow.stages.loop import Loop, run_loop

    launch = options.launch_settings(arguments, LaunchSettings(backend="serial", triple=(1, 1, 1)))
    if launch.backend not in {"serial", "process"}:
        what = "the loop is prepared and compared by one process"
        raise InputError(f"--backend {launch.backend}", what, "use serial or process")
    every = arguments.report_every.split(",")
    if not set(every) <= {str(s) for s in INTERVALS_S} or len(set(every)) < len(every):
        known = ", ".join(map(str, INTERVALS_S))
        raise InputError(f"--report-every {arguments.report_every}", f"expected some of {known}", "e.g. 1,10")
    if not 1 <= arguments.tracks <= MOST_TRACKS:
        raise InputError("--tracks", f"expected 1 to {MOST_TRACKS:,}, found {arguments.tracks}")
    loop = Loop(
        arguments.model,
        arguments.tracks,
        arguments.seconds,
        arguments.sample_seed,
        tuple(map(int, every)),
        arguments.aircraft_type,
    )

    def work() -> None:
        run_loop(loop, arguments.out, launch)
        print(f"report: {(arguments.out / 'report.html').resolve()}")

    return on_all_ranks(launch, work)
