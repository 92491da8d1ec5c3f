"""Encounters as files: two tables in Parquet, tracks as CSV, and waypoints for simulations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from data_schemas.files import complete_file, write_text
from data_schemas.tables.encounters import ENCOUNTER_TRACKS, ENCOUNTERS
from tracks.encounters.flights import MOTION
from tracks.encounters.pairs import Encounters, Pairing
from tracks.models.variables import FloatArray
from tracks.waypoints import write_waypoints

PLAIN = ("encounters.csv", "encounter_tracks.csv", "waypoints.dat")
"""Files written besides the Parquet tables where asked for."""


def write_encounters(
    folder: Path, pairing: Pairing, count: int, about: dict[str, Any], *, plain: bool = False
) -> dict[str, Any]:
    """Draw encounters and write them, each file complete or not at all, a block of them in memory at a time.

    `encounters.parquet` (ENCOUNTERS) and `encounter_tracks.parquet` (ENCOUNTER_TRACKS), both with `about` in
    their metadata; `encounters.json`, what is returned; with `plain` both tables as CSV too, and
    `waypoints.dat` (see `write_waypoints`), ownship being the first aircraft.

    Parameters
    ----------
    folder
        Where to write; made where missing.
    pairing
        A pairing that has drawn nothing yet.
    count
        Number of encounters.
    about
        What the encounters were drawn with, for JSON.
    plain
        Whether to write CSV and waypoints.

    Returns
    -------
    dict
        `about`, encounters, pairs drawn, pairs rejected by reason, `rate_nm2_h` (see `Pairing`; missing where
        a miss distance is one value).
    """
    words = {"trackmill.encounters": json.dumps(about, sort_keys=True)}
    with ExitStack() as stack:
        positions = _written(folder, pairing.blocks(count), words, plain, stack)
        if plain:
            write_waypoints(folder / PLAIN[-1], positions, 2)
        else:
            for _ in positions:
                pass
    widths = (pairing.asked.hmd_ft, pairing.asked.vmd_ft)
    ranges = all(low < high for low, high in widths)
    facts = {
        **about,
        "encounters": count,
        "pairs_drawn": pairing.drawn,
        "rejected": dict(sorted(pairing.rejected.items())),
        **({"rate_nm2_h": pairing.rate_nm2_h} if ranges else {}),
    }
    for name in PLAIN if not plain else ():
        (folder / name).unlink(missing_ok=True)  # of an earlier run: they would be of other encounters
    write_text(folder / "encounters.json", json.dumps(facts, indent=1) + "\n")
    return facts


def _written(
    folder: Path, blocks: Iterator[Encounters], about: dict[str, str], plain: bool, stack: ExitStack
) -> Iterator[FloatArray]:
    """Write the tables of blocks into files that the stack closes, and yield the positions of each block."""
    schemas = (ENCOUNTERS.schema(about), ENCOUNTER_TRACKS.schema(about))
    writers: list[pq.ParquetWriter | csv.CSVWriter] = []
    for table, schema in zip((ENCOUNTERS, ENCOUNTER_TRACKS), schemas, strict=True):
        part = stack.enter_context(complete_file(folder / f"{table.name}.parquet"))
        writers.append(stack.enter_context(pq.ParquetWriter(part, schema, compression="zstd")))
    if plain:
        for name, schema in zip(PLAIN, schemas, strict=False):
            part = stack.enter_context(complete_file(folder / name))
            writers.append(stack.enter_context(csv.CSVWriter(part, schema)))
    for block in blocks:
        tables = [table.cast(schema) for table, schema in zip(tables_of(block), schemas, strict=True)]
        for k, writer in enumerate(writers):
            writer.write_table(tables[k % 2])
        yield _positions(block)


def tables_of(block: Encounters) -> tuple[pa.Table, pa.Table]:
    """Return encounters as tables with the columns of ENCOUNTERS and ENCOUNTER_TRACKS, in order."""
    facts = [
        pa.array(block.facts[column.name])
        if column.name in block.facts
        else pa.nulls(len(block), column.type)
        for column in ENCOUNTERS.columns
    ]
    both = (block.own, block.intruder)
    seconds = block.own.motion[MOTION[0]].shape[1]
    rows = {
        "encounter": np.repeat(block.facts["encounter"], 2 * seconds),
        "aircraft": np.tile(np.repeat([1, 2], seconds), len(block)),
        "time_s": np.tile(np.arange(seconds), 2 * len(block)),
    }
    rows |= {name: np.stack([f.motion[name] for f in both], axis=1).ravel() for name in MOTION}
    return (
        pa.table(facts, names=ENCOUNTERS.names),
        pa.table([pa.array(rows[name]) for name in ENCOUNTER_TRACKS.names], names=ENCOUNTER_TRACKS.names),
    )


def _positions(block: Encounters) -> FloatArray:
    """Return north, east and altitude, shape (encounters, 2, seconds, 3)."""
    names = ("north_ft", "east_ft", "alt_ft_agl")
    flights = (block.own, block.intruder)
    return np.stack([np.stack([f.motion[name] for name in names], -1) for f in flights], 1)
