"""Commands on what a run has made: status, report, export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from data_schemas.errors import InputError
from workflow.cli import options
from workflow.layout import Layout, stages_of


def add_commands(commands: Any) -> None:
    """Add `status`, `report` and `export`."""
    status = commands.add_parser(
        "status",
        help="Show how far each stage is, live or afterwards.",
        description="Tasks done, failed and left, rows a second and each worker's busy time.",
    )
    status.add_argument("ledger", metavar="LEDGER", type=Path, nargs="?", help="ledger folder of one stage")
    options.add_config(status)
    status.set_defaults(run=_status)
    report = commands.add_parser(
        "report",
        help="Write the HTML report on all data sets.",
        description="One self-contained HTML file: tracks on a map, a raw beside a cleaned flight, the "
        "ledger of every row, flight hours, encounter models.",
    )
    report.add_argument("--out", metavar="FILE", type=Path, help="default: report.html of the results")
    options.add_config(report)
    report.set_defaults(run=_report)
    export = commands.add_parser(
        "export", help="Export tracks as CSV in the published layout.", description="Export tracks."
    )
    kinds = export.add_subparsers(title="formats", metavar="FORMAT", required=True)
    csv = kinds.add_parser("csv", help="one CSV file an aircraft and year, columns as in the tracks")
    csv.add_argument("tracks", metavar="TRACKS", type=Path, help="folder of tracks (stage process)")
    csv.add_argument("out", metavar="DIR", type=Path, help="folder to write to")
    csv.set_defaults(run=_export)


def _status(arguments: argparse.Namespace) -> None:
    from jobs.run_record import read_records
    from jobs.status import status

    if arguments.ledger:
        if not arguments.ledger.is_dir():
            raise InputError(arguments.ledger, "no such ledger folder", "see ledger/ of a data set's results")
        print(status(arguments.ledger).render())
        return
    config = options.read_config(arguments)
    layout = Layout(Path(config.results))
    for name in config.datasets:
        for stage in stages_of(config.dataset(name)):
            ledger = layout.ledger(name, stage)
            if ledger.is_dir() and read_records(ledger):  # the folder comes a moment before its first run
                print(f"{name} · {status(ledger).render()}\n")
            else:
                print(f"{name} · {stage}: not started\n")


def _report(arguments: argparse.Namespace) -> None:
    from workflow.report.build import build_report

    config = options.read_config(arguments)
    out = arguments.out or Layout(Path(config.results)).report
    build_report(config, out)
    print(f"report: {out.resolve()}")


def _export(arguments: argparse.Namespace) -> None:
    from tracks.export import export_csv

    if not arguments.tracks.is_dir():
        raise InputError(arguments.tracks, "no such folder", "give the folder of tracks of stage process")
    counts = export_csv(arguments.tracks, arguments.out)
    print(f"{arguments.out}: {counts.rows_out} rows")
