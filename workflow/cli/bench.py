"""The command bench: launches measured and simulated."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from typing import Any

from data_schemas.config import BenchSettings
from workflow.cli import options
from workflow.layout import Layout


def add_commands(commands: Any) -> None:
    """Add `bench`."""
    command = commands.add_parser(
        "bench",
        help="Measure ways of launching the stages, and simulate larger ones.",
        description="Run the real stages under every way of launching that works here, repeated and in "
        "random turn, check a model of launches against the measured times and ask it about a cluster. "
        "Writes a report, Parquet tables and bench.json; section bench of the configuration says what and "
        "how long.",
        epilog="Example: trackmill bench --bench minutes=5 --bench repeats=2",
    )
    options.add_config(command)
    command.add_argument("--out", metavar="DIR", type=Path, help="default: bench below the results")
    options.add_bench(command)
    command.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> None:
    from workflow.bench.page import write_page
    from workflow.bench.run import run_bench
    from workflow.bench.summary import screen

    config = options.read_config(arguments)
    bench: BenchSettings = options.bench_settings(arguments, config.bench)
    layout = Layout(Path(config.results))
    out = (arguments.out or layout.bench).resolve()
    page = out / layout.bench_report.name
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was measured is kept
    facts = run_bench(config.model_copy(update={"bench": bench}), out)
    write_page(out, page)
    print(screen(out, facts))
    print(f"report: {page}")
