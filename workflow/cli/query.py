"""The command `query`: traffic about aerodromes, asked of the OpenSky Network's database."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

from data_schemas.config import Config, QuerySettings
from data_schemas.days import parse_days, parse_mondays
from data_schemas.errors import InputError, StageFailedError
from workflow.cli import options
from workflow.layout import Layout


def add_commands(commands: Any) -> None:
    """Add `query`."""
    query = commands.add_parser(
        "query",
        help="List queries for the traffic about aerodromes, and run them.",
        description="List queries for the environment of aerodromes in or under class B, C and D airspace: "
        "boxes about circles of 8 NM, from the ground to 5100 ft above it, in hours of the local daytime. "
        "The list is a table, SQL for the OpenSky Network's database, and a picture of the boxes. What is "
        "asked for stands in section query of the configuration, airspace and terrain in section enrich.",
        epilog="OpenSky runs two queries of a user at a time and wants no bulk downloads: run what you need.",
    )
    query.add_argument("--out", metavar="DIR", type=Path, help="default: queries of the results")
    when = query.add_mutually_exclusive_group()
    when.add_argument("--mondays", metavar="DAYS", help="Mondays of years, months or ranges, e.g. 2018..2019")
    when.add_argument("--days", metavar="DAYS", help="days, e.g. 2019-06-01..2019-06-14")
    query.add_argument(
        "--run",
        dest="ask",
        action="store_true",
        help="run the list in DIR (made first if absent) with your own account",
    )
    query.add_argument("--group", metavar="N", type=int, help="with --run: of this group only")
    options.add_config(query)
    query.set_defaults(run=_query)


def _query(arguments: argparse.Namespace) -> None:
    from tracks.aerodromes.listing import LIST

    config = options.read_config(arguments)
    out = arguments.out or Layout(Path(config.results)).queries
    if arguments.group is not None and not arguments.ask:
        raise InputError("--group", "is given without --run", "give both, or leave it away")
    listed = (out / LIST).exists()
    if arguments.ask and listed and (arguments.days or arguments.mondays):
        remedy = "leave the days away, or make another list first, in another folder"
        raise InputError("--run", f"runs the list that is in {out}", remedy)
    if not arguments.ask or not listed:
        _list(config, _days(arguments, config.query), out)
    if arguments.ask:
        _run(out, arguments.group)


def _days(arguments: argparse.Namespace, settings: QuerySettings) -> list[date]:
    if arguments.mondays:
        return parse_mondays(arguments.mondays, "--mondays")
    if arguments.days:
        return parse_days(arguments.days, "--days")
    if settings.mondays:
        return parse_mondays(settings.mondays, "query.mondays")
    if settings.days:
        return parse_days(settings.days, "query.days")
    raise InputError("query.days", "is not set", "give --mondays 2018..2019 or --days 2019-06, or set it")


def _list(config: Config, days: list[date], out: Path) -> None:
    from tracks.aerodromes.boxes import aerodrome_boxes, aerodromes_within
    from tracks.aerodromes.heights import ground_ft
    from tracks.aerodromes.listing import write_list
    from tracks.aerodromes.queries import query_list
    from tracks.aerodromes.reading import read_aerodromes
    from tracks.enrich import Enrichment
    from tracks.enrich.volumes import read_volumes
    from workflow.report.boxes import write_boxes_map

    settings = config.query
    if not settings.aerodrome_file:
        raise InputError("query.aerodrome_file", "is not set", "name airports.csv or APT_BASE.csv")
    if not config.enrich.airspace_files:
        raise InputError("enrich.airspace_files", "is not set", "name the files of class B, C and D airspace")
    if not config.enrich.elevation_grids:
        raise InputError("enrich.elevation_grids", "is not set", "name the terrain that heights are above")
    volumes = read_volumes(config.enrich.airspace_files)
    everywhere = read_aerodromes("query.aerodrome_file", settings.aerodrome_file, settings.aerodrome_kinds)
    aerodromes = aerodromes_within(everywhere, volumes, settings.airspace_classes)
    if not len(aerodromes):
        raise InputError(
            "query.aerodrome_file",
            f"none of {len(everywhere)} aerodromes lies in or under airspace of class "
            f"{', '.join(settings.airspace_classes)}",
            "check that file and the airspace files belong together",
        )
    boxes = aerodrome_boxes(aerodromes, settings.radius_nm, settings.max_box_nm2)
    terrain = Enrichment.load(config.enrich.model_copy(update={"airspace_files": ()}))
    queries = query_list(boxes, ground_ft(boxes, terrain), days, settings)
    write_list(queries, settings.altitude, out)
    write_boxes_map(boxes, aerodromes, volumes, settings, out / "boxes.png")
    first, last = settings.hours_local
    print(
        f"{out}: {queries.height} queries in {queries['group'].max()} groups: {len(boxes)} boxes about "
        f"{len(aerodromes)} aerodromes, hours {first} to {last} of {len(days)} days"
    )


def _run(out: Path, group: int | None) -> None:
    from rich.console import Console
    from rich.progress import track

    from tracks.aerodromes.listing import RAW, read_list
    from tracks.aerodromes.run import opensky_client, run_queries

    os.environ.setdefault("TQDM_DISABLE", "1")  # a bar of our own instead of two for each query
    queries, altitude = read_list(out)
    if group is not None:
        queries = queries.filter(group=group)
        if queries.is_empty():
            raise InputError(
                "--group", f"there is no group {group} in {out}", "see the numbers in its folder sql"
            )
    asked = rows = failed = 0
    screen = Console(stderr=True)
    answers = run_queries(queries, altitude, out, opensky_client())
    try:
        for answer in track(
            answers, "queries", total=queries.height, console=screen, disable=not screen.is_terminal
        ):
            asked += answer.asked
            rows += answer.rows
            if answer.error:
                failed += 1
                print(f"{answer.file.stem}: {answer.error}", file=sys.stderr)
    finally:
        print(f"{out / RAW}: {asked - failed} queries answered with {rows} rows, {failed} failed")
    if failed:
        raise StageFailedError(
            f"{failed} of {queries.height} queries failed; the same command asks them again"
        )
