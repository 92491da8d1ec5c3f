"""Actions of `trackmill registry` on the leaves that are cut from the table of aircraft."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from data_schemas.errors import InputError
from workflow.cli import options
from workflow.layout import Layout


def add_actions(actions: Any) -> None:
    """Add `activity` and `leaves`."""
    activity = actions.add_parser(
        "activity",
        help="count the rows of each address, for leaves that are cut by what was seen",
        description="Count the rows of each address. The setting registry.leaves.activity takes the file.",
    )
    activity.add_argument(
        "folders",
        metavar="FOLDER",
        type=Path,
        nargs="*",
        help="organized hours or an archive (default: the organized hours of all data sets)",
    )
    options.add_config(activity)
    activity.add_argument("--out", metavar="FILE", type=Path, help="default: activity.parquet of the results")
    activity.set_defaults(run=_activity)
    leaves = actions.add_parser(
        "leaves",
        help="show the leaves of a year, or write them down to keep them",
        description="Show how the addresses of a year are cut into leaves, and the flight hours a year that "
        "each is expected to hold. --out writes the leaves to a file. The setting registry.leaves.fixed "
        "takes it: the years in it keep these leaves.",
    )
    source = leaves.add_mutually_exclusive_group(required=True)
    source.add_argument("--year", metavar="YEAR", type=int, action="append", help="a year (repeatable)")
    source.add_argument("--archive", metavar="DIR", type=Path, help="leaves that this archive has")
    leaves.add_argument("--out", metavar="FILE", type=Path, help="file to write (needed with --archive)")
    options.add_config(leaves)
    leaves.add_argument(
        "--registry", metavar="FILE", type=Path, help="default: registry.parquet of the results"
    )
    leaves.set_defaults(run=_leaves)


def _activity(arguments: argparse.Namespace) -> None:
    from tracks.leaves import count_activity

    folders, out = arguments.folders, arguments.out
    if not folders or not out:
        config = options.read_config(arguments)
        layout = Layout(Path(config.results))
        folders = folders or [layout.output(name, "organize") for name in config.datasets]
        out = out or layout.activity
    addresses, rows = count_activity(folders, out)
    print(f"{out}: {rows:,} rows of {addresses:,} addresses")


def _leaves(arguments: argparse.Namespace) -> None:
    from tracks.leaves import LeafIndex, leaves_of_archive, leaves_of_years, summary, write_leaves

    if arguments.archive:
        if not arguments.out:
            raise InputError("--out", "is missing", "say which file the archive's leaves are written to")
        leaves = leaves_of_archive(arguments.archive)
    else:
        for year in arguments.year:
            if not 1 <= year <= 9999:
                raise InputError(f"--year {year}", "is no year", "give one as 2020")
        config = options.read_config(arguments)
        index = LeafIndex.load(arguments.registry or Layout(Path(config.results)).registry, config.registry)
        print("\n\n".join(summary(index, year) for year in arguments.year))
        leaves = leaves_of_years(index, arguments.year)
    if arguments.out:
        write_leaves(leaves, arguments.out)
        years = ", ".join(map(str, leaves["year"].unique().sort()))
        print(f"{arguments.out}: {leaves.height:,} leaves of {years}")
