"""Hours and leaves that do not fit in memory become the same bytes as those that do."""

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tracks.merge
from data_schemas.config import ArchiveSettings, OrganizeSettings
from tests.unit.tracks.archive.world import NOON, World
from tracks.archive import archive_task, archive_tasks
from tracks.observations import Observations
from tracks.organize import hour_files, organize_task, organize_tasks
from tracks.records import Records
from tracks.row_order import sort_order

ROW = st.tuples(
    st.sampled_from(["4b1805", "a00001", "000001", "000002", "ffffff"]),
    st.integers(0, 5),
    st.sampled_from(["", "A", "B"]),
)


@pytest.fixture
def tiny(monkeypatch):
    """Let no memory be enough for more than some rows."""

    def set_rows(rows):
        monkeypatch.setattr(tracks.merge, "_LEAST_ROWS", rows)
        monkeypatch.setattr(tracks.merge, "_RUN_ROWS", 1 + rows // 4)
        monkeypatch.setattr(tracks.merge, "GATHERED_AT_ONCE", 1 + rows // 2)

    return set_rows


def literal(rows):
    """Rows of an hour as they are stored: distinct, sorted as tuples, a missing call sign last."""
    return sorted({(a.upper(), float(NOON + t), c or "~") for a, t, c in rows})


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hours=st.lists(st.lists(ROW, max_size=40), min_size=1, max_size=3),
    most=st.integers(1, 30),
    block_rows=st.integers(1, 12),
)
def test_hours_and_leaves_are_the_same_bytes_in_however_little_memory(
    tmp_path_factory, tiny, hours, most, block_rows
):
    worlds = []
    leaves = None
    for rows_at_once in (1 << 20, most):
        world = World(tmp_path_factory.mktemp("world"))
        world.leaves = leaves = leaves or world.leaves
        for hour, rows in enumerate(hours):
            world.write(hour, rows)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tracks.organize.work.read_blocks", blocks_of(block_rows))
            tiny(rows_at_once)
            counts = {}
            for task in organize_tasks(hour_files([world.raw]), world.organized, ""):
                counts[task.id] = organize_task(
                    task, settings=OrganizeSettings(row_group_rows=1000), leaves=world.leaves, memory_bytes=0
                )
            for task in archive_tasks(world.organized, world.archive, ""):
                archive_task(task, settings=ArchiveSettings(row_group_rows=1000), memory_bytes=0)
        files = {p.name: p.read_bytes() for p in sorted(world.organized.iterdir())}
        worlds.append((counts, files, world.contents()))
    assert worlds[0] == worlds[1]
    assert sorted(files) == [f"hour{hour:02d}.parquet" for hour in range(len(hours))]  # nothing else is left
    for hour, rows in enumerate(hours):
        found = pl.read_parquet(world.organized / f"hour{hour:02d}.parquet")
        values = [
            (a, t - 3600 * hour, c or "~") for a, t, c in found.select("icao24", "time_s", "callsign").rows()
        ]
        assert sorted(values) == literal(rows)
        assert counts[f"hour{hour:02d}"].left.get("duplicate_row", 0) == len(rows) - len(literal(rows))


def blocks_of(size):
    from tracks.raw import read_hour

    def read(path):
        rows = read_hour(path)
        for start in range(0, rows.height, size):
            yield Records.of(rows[start : start + size])

    return read


FLOAT = st.sampled_from([None, 0.0, 1.0, 2.5])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, (1 << 24) - 1) | st.integers(0, 2),
            st.sampled_from([0.0, 1.0, 1.5]),
            FLOAT,
            st.sampled_from([None, "A", "B"]),
            st.booleans(),
        ),
        max_size=30,
    ),
    st.booleans(),
)
def test_order_is_that_of_tuples(rows, grouped):
    none = Observations.none().rows.with_columns(callsign=pl.lit(None, pl.String))
    some = pl.DataFrame(
        [row[1:] for row in rows],
        schema={
            "icao24": pl.UInt32,
            "time_s": pl.Float64,
            "alt_baro_ft_msl": pl.Float64,
            "callsign": pl.String,
            "spi": pl.Boolean,
        },
        orient="row",
    )
    observations = Observations.of(pl.concat([none, some], how="diagonal"))
    groups = np.array([row[0] for row in rows], np.int32)
    order, repeats = sort_order(observations.rows, groups if grouped else None)

    def key(row):
        group, icao24, time_s, alt, callsign, spi = row
        return (
            group if grouped else 0,
            icao24,
            time_s,
            alt is None,
            alt or 0,
            callsign is None,
            callsign or "",
            spi,
        )

    found = [key(rows[i]) for i in order]
    assert found == sorted(map(key, rows))
    assert repeats.tolist() == [i > 0 and found[i] == found[i - 1] for i in range(len(found))]


def test_an_aircraft_larger_than_memory_is_split_by_time(tmp_path, tiny):
    world = World(tmp_path)
    generator = random.Random(4)
    rows = {}
    for hour in range(4):
        rows[hour] = [("a00001", generator.randrange(3600), generator.choice("ABC")) for _ in range(500)]
        world.write(hour, rows[hour])
    world.organize()
    tiny(90)
    (task,) = archive_tasks(world.organized, world.archive, "")
    counts = archive_task(task, settings=ArchiveSettings(row_group_rows=1000), memory_bytes=0)
    expected = sorted(
        {("A00001", float(NOON + 3600 * hour + t), c) for hour, some in rows.items() for _, t, c in some}
    )
    assert counts.rows_in == counts.rows_out == len(expected)
    assert world.rows(task.id) == expected
