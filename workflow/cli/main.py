"""Entry point of `trackmill`: parse, run, and turn every expected error into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from data_schemas.errors import TrackmillError
from jobs.launcher import launched_rank
from workflow.cli import (
    bench,
    configuration,
    data,
    download,
    encounters,
    loop,
    model_sums,
    models,
    products,
    query,
    sbatch,
    stages,
    structure,
)

DESCRIPTION = """\
Aircraft surveillance observations to clean 1 Hz tracks and encounter models.

  trackmill samples raw quickstart          real recordings as OpenSky publishes them
  trackmill download --mondays 2018..2020   the weekly data set of OpenSky
  trackmill query --mondays 2019-06         the traffic about aerodromes
  trackmill run all                         every stage of every data set of config/config.yaml
  trackmill organize FILE --out DIR         one stage by hand, on any file
  trackmill STAGE --help                    what a stage does and what it takes
"""
EPILOG = "Exit codes: 0 done, 1 some tasks failed, 2 bad input or settings, 75 stopped, run again to resume."


def parser() -> argparse.ArgumentParser:
    """Return the parser of all subcommands."""
    top = argparse.ArgumentParser(
        prog="trackmill",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"trackmill {version('trackmill')}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    groups = (
        *(data, download, query, stages, sbatch),
        *(models, model_sums, structure, encounters, loop, products, bench, configuration),
    )
    for group in groups:
        group.add_commands(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except TrackmillError as error:
        if launched_rank() in {None, 0}:  # one rank speaks for all
            print(f"trackmill: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output left (head, less): nothing to complain about
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
