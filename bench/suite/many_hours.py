"""Organized hours as one of the 64 merges of the paper's workload finds them: many, some rows of each."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_schemas.tables.observations import ORGANIZED
from tracks.listing import Holding, listing
from tracks.observation_files import DICTIONARY, write_group, writer
from tracks.observations import runs

ROWS_OF_AN_HOUR = 28_600
"""Of the 1.83 million rows of an hour, what one of 64 tasks reads."""

_START = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
_APART = dt.timedelta(hours=2)
"""The same simulated hour is used again: with a gap between, no track goes on from one to the next."""
_TIMES = ("time_s", "lastposupdate_s", "lastcontact_s")


def make_hours(source: Path, place: Path, hours: int) -> None:
    """Write organized hours below `place`, and the first and last of the leaves to be merged in `place/span`.

    In the merged leaves every hour has the rows of one simulated hour at another time, each aircraft flying
    what another one flew in the hour before, so that no row follows one like it; once an aircraft has flown
    all, it flies them some 100 m further on, for a position that recurs would leave. Around them their row
    groups are full: the pages to be skipped are as many, and the dictionaries as long, as those of the
    simulated hour, but hold values that take no room. All other leaves are listed as they are there, with a
    row each, in as many row groups.

    Parameters
    ----------
    source
        An organized hour.
    place
        Where `organized/` is made.
    hours
        How many.
    """
    (place / "organized").mkdir(parents=True, exist_ok=True)
    groups = [0, *itertools.accumulate(_group_rows(source))]
    table = pq.read_table(source, use_threads=False).unify_dictionaries().combine_chunks()
    leaf = table["leaf"].chunk(0).indices.to_numpy()
    middle = (len(leaf) - ROWS_OF_AN_HOUR) // 2
    start, stop = np.searchsorted(leaf, leaf[[middle, middle + ROWS_OF_AN_HOUR]])
    paths = table["leaf"].chunk(0).dictionary.to_pylist()
    (place / "span").write_text(f"{paths[leaf[start]]}\n{paths[leaf[stop - 1]]}", encoding="utf-8")
    first, last = np.searchsorted(groups, [start, stop - 1], side="right") - 1
    before, behind = (
        _compact(_one_a_leaf(some)) for some in (table[: groups[first]], table[groups[last + 1] :])
    )
    idle = [_compact(_idle(some)) for some in (table[groups[first] : start], table[stop : groups[last + 1]])]
    rows, base_s = _compact(table[start:stop]), table["time_s"][0].as_py() // 3600 * 3600
    for number in range(hours):
        at = _START + number * _APART
        moved = _increased(_exchanged(rows, number), _TIMES, at.timestamp() - base_s)
        full = pa.concat_tables([idle[0], moved, idle[1]]).unify_dictionaries().combine_chunks()
        sizes = (first, last + 1 - first, len(groups) - 2 - last)
        _write(place / "organized" / f"states_{at:%Y-%m-%d-%H}.parquet", (before, full, behind), sizes)


def _group_rows(file: Path) -> list[int]:
    about = pq.read_metadata(file)
    return [about.row_group(group).num_rows for group in range(about.num_row_groups)]


def _compact(table: pa.Table) -> pa.Table:
    """Return a table whose dictionaries hold only what occurs."""
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = pc.dictionary_encode(table[at].cast(field.type.value_type))
            table = table.set_column(at, field, column.unify_dictionaries())
    return table.combine_chunks()


def _one_a_leaf(table: pa.Table) -> pa.Table:
    return table.take(runs(table["leaf"].combine_chunks().indices.to_numpy())[:-1])


def _idle(table: pa.Table) -> pa.Table:
    """Return rows of the same leaves and aircraft whose values take no room, but are as many."""
    for name in (*DICTIONARY, *_TIMES, "lat_deg", "lon_deg", "course_deg", "callsign"):
        column = table[name].combine_chunks()
        many = name in DICTIONARY
        fresh = column.take(pc.sort_indices(column)) if many else pa.repeat(column[0], len(column))
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), fresh)
    return table


def _exchanged(rows: pa.Table, number: int) -> pa.Table:
    """Give each aircraft the rows of another one, which are moved each time all aircraft have had them."""
    icao24, leaf = (rows[name].combine_chunks().indices.to_numpy() for name in ("icao24", "leaf"))
    starts = runs(icao24, leaf)
    source = np.roll(np.arange(len(starts) - 1), number)
    lengths = np.diff(starts)[source]
    ends = np.cumsum(lengths)
    moved = rows.take(np.arange(len(icao24)) + np.repeat(starts[:-1][source] - (ends - lengths), lengths))
    for name, codes in (("icao24", icao24), ("leaf", leaf)):
        own = pa.array(np.repeat(codes[starts[:-1]], lengths))
        column = pa.DictionaryArray.from_arrays(own, rows[name].combine_chunks().dictionary)
        moved = moved.set_column(rows.schema.get_field_index(name), rows.schema.field(name), column)
    return _increased(moved, ("lat_deg", "lon_deg"), number // len(source) * 1e-3)


def _increased(rows: pa.Table, names: Sequence[str], by: float) -> pa.Table:
    for name in names:
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), pc.add(rows[name], by))
    return rows


def _write(file: Path, parts: tuple[pa.Table, ...], groups: tuple[int, ...]) -> None:
    held: dict[str, Holding] = {}
    with writer(file, ORGANIZED) as target:
        for part, number in zip(parts, groups, strict=True):
            if not len(part):
                continue
            for begin, end in itertools.pairwise(np.linspace(0, len(part), number + 1).astype(int).tolist()):
                write_group(target, part[begin:end])
            leaf = part["leaf"].chunk(0)
            of_leaf = np.bincount(leaf.indices).tolist()
            for path, rows in zip(leaf.dictionary.to_pylist(), of_leaf, strict=True):
                held[path] = Holding(rows + (held[path].rows if path in held else 0), f"{rows:032x}")
        target.add_key_value_metadata(listing(held))
