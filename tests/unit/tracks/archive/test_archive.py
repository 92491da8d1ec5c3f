import pickle
import random
from functools import partial

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tests.unit.tracks.archive.world import GLIDER, HOURS, NOON, SETTINGS, SWISS, UNKNOWN, World
from tracks.archive import archive_task, archive_tasks, archived_leaves


def test_tasks_name_leaves_and_the_hours_that_hold_them(world):
    for hour, rows in HOURS.items():
        world.write(hour, rows)
    world.organize()
    tasks = archive_tasks(world.organized, world.archive, "d1")
    files = [str(world.organized / f"hour{hour:02d}.parquet") for hour in range(3)]
    assert [(t.id, t.inputs, t.cost) for t in tasks] == [
        (SWISS, tuple(files), 4.0),
        (GLIDER, (files[0], files[2]), 2.0),
        (UNKNOWN, tuple(files[:2]), 2.0),
    ]
    assert [t.output for t in tasks] == [str(world.file(t.id)) for t in tasks]
    assert {t.settings for t in tasks} == {"d1"}
    pickle.dumps((tasks, partial(archive_task, settings=SETTINGS)))


def test_hours_of_a_leaf_are_merged_in_order(world):
    for hour, rows in HOURS.items():
        world.write(hour, rows)
    counts = world.run()
    assert {leaf: (c.rows_in, c.rows_out) for leaf, c in counts.items()} == {
        SWISS: (4, 4),
        GLIDER: (2, 2),
        UNKNOWN: (2, 2),
    }
    table = pq.read_table(world.file(SWISS))
    assert table.schema.equals(ARCHIVED.schema(), check_metadata=True)
    assert table["time_s"].to_pylist() == [NOON + 10, NOON + 10, NOON + 30, NOON + 3600]
    assert table["callsign"].to_pylist() == ["AAA", "SWR1", "SWR1", "SWR2"]  # ties by the values themselves


def test_new_hours_change_only_the_leaves_they_touch(world):
    for hour in (0, 1):
        world.write(hour, HOURS[hour])
    world.run()
    before = world.contents()
    world.write(3, [("a00001", 1, "G")])
    counts = world.run()
    after = world.contents()
    assert [leaf for leaf in after if after[leaf] != before.get(leaf)] == [f"{GLIDER}.parquet"]
    assert (counts[GLIDER].rows_in, counts[GLIDER].rows_out) == (2, 2)
    assert {hour: held["rows"] for hour, held in world.hours(GLIDER).items()} == {"hour00": 1, "hour03": 1}


HOUR = st.lists(
    st.tuples(
        st.sampled_from(["4b1805", "a00001", "000001", "000002", "ffffff"]),
        st.integers(0, 3),
        st.sampled_from(["", "A", "B"]),
    ),
    max_size=12,
)


@settings(max_examples=10, deadline=None)
@given(st.lists(HOUR, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_one_by_one_in_any_order_gives_the_bytes_of_all_at_once(tmp_path_factory, hours, chance):
    at_once, one_by_one = (World(tmp_path_factory.mktemp("world")) for _ in range(2))
    for hour, rows in enumerate(hours):
        at_once.write(hour, rows)
    at_once.run()
    order = list(enumerate(hours))
    chance.shuffle(order)
    for hour, rows in order:
        one_by_one.write(hour, rows)
        one_by_one.run()
    assert one_by_one.contents() == at_once.contents()
    expected = sorted(
        (address.upper(), NOON + 3600.0 * hour + second, callsign or "~")
        for hour, rows in enumerate(hours)
        for address, second, callsign in set(rows)
    )
    assert sorted(row for leaf in (SWISS, GLIDER, UNKNOWN) for row in at_once.rows(leaf)) == expected
    assert all(at_once.rows(leaf) == sorted(at_once.rows(leaf)) for leaf in (SWISS, GLIDER, UNKNOWN))


def test_hours_no_longer_on_disk_are_kept(world):
    world.write(0, HOURS[0])
    world.run()
    world.forget(0)
    world.write(1, HOURS[1])
    counts = world.run()
    assert set(counts) == {SWISS, UNKNOWN}
    assert (counts[SWISS].rows_in, counts[SWISS].rows_out) == (3, 3)
    assert list(world.hours(SWISS)) == ["hour00", "hour01"]
    assert world.hours(GLIDER).keys() == {"hour00"}
    kept = world.contents()
    for file in world.archive.rglob("*.parquet"):
        file.unlink()
    world.write(0, HOURS[0])
    world.run()
    assert world.contents() == kept


def test_changed_hour_rebuilds_the_leaf_from_all_hours(world):
    for hour in (0, 1):
        world.write(hour, HOURS[hour])
    world.run()
    world.write(0, [("4b1805", 31, "SWR1")])
    counts = world.run()
    assert pl.read_parquet(world.file(SWISS))["time_s"].to_list() == [NOON + 31, NOON + 3600]
    assert (counts[SWISS].rows_in, counts[SWISS].rows_out) == (2, 2)
    # The hour no longer holds the glider: neither does the leaf.
    assert (counts[GLIDER].rows_in, counts[GLIDER].rows_out) == (0, 0)
    assert pq.read_table(world.file(GLIDER)).schema.equals(ARCHIVED.schema())
    assert pq.read_metadata(world.file(GLIDER)).num_rows == 0
    assert world.hours(GLIDER) == {}
    again = archive_tasks(world.organized, world.archive, "")
    assert [task.id for task in again] == [SWISS, UNKNOWN]


def test_changed_hour_with_another_lost_is_refused_and_named(world):
    for hour in (0, 1):
        world.write(hour, HOURS[hour])
    world.run()
    before = world.contents()
    world.forget(1)
    world.write(0, [("4b1805", 31, "SWR1")])
    with pytest.raises(InputError, match=r"hour hour00 has changed .* without hour hour01") as caught:
        world.run()
    assert caught.value.where == str(world.file(SWISS))
    assert world.contents() == before


def test_a_repeated_run_writes_the_same_bytes(world):
    world.write(0, HOURS[0])
    world.run()
    before = world.contents()
    world.run()
    assert world.contents() == before


def test_rows_come_back_from_hours_of_many_row_groups(world):
    chance = random.Random(2)
    sent = set()
    for hour in range(2):
        rows = [
            (f"{chance.randrange(1 << 24):06x}", chance.randrange(3600), chance.choice("ABC"))
            for _ in range(4000)
        ]
        rows += [("a00001", second, "G") for second in range(2500)]
        world.write(hour, rows)
        sent |= {(a.upper(), float(NOON + 3600 * hour + s), c) for a, s, c in rows}
    world.run()
    found = world.rows(GLIDER) + world.rows(UNKNOWN)
    assert len(found) == len(sent)
    assert set(found) == sent


def test_row_groups_split_no_aircraft_that_fits_in_one(world):
    rows = [(address, second, "") for address in ("000001", "000002", "000003") for second in range(450)]
    rows += [("000004", second, "") for second in range(2300)]
    rows += [("000005", 0, "")]
    world.write(0, rows)
    world.run()
    metadata = pq.read_metadata(world.file(UNKNOWN))
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [900, 450, 1000, 1000, 301]
    spans = [group.column(0).statistics for group in groups]
    assert [(s.min, s.max) for s in spans] == [
        ("000001", "000002"),
        ("000003", "000003"),
        ("000004", "000004"),
        ("000004", "000004"),
        ("000004", "000005"),
    ]
    assert [c.column_index for c in groups[0].sorting_columns] == [0, 1]


def test_what_is_written_is_handed_out_and_what_stays_is_read(world):
    world.write(0, [("000001", second, "") for second in range(2500)])
    world.organize()
    (task,) = archive_tasks(world.organized, world.archive, "")
    for current in (False, True):
        ((update, tables),) = (
            (update, list(tables)) for update, tables in archived_leaves(task, settings=SETTINGS)
        )
        assert (update.leaf, update.rows, update.current) == (UNKNOWN, 2500, current)
        assert [table.num_rows for table in tables] == [1000, 1000, 500]
        assert pa.concat_tables(tables).equals(pq.read_table(world.file(UNKNOWN)))


def test_folders_without_hours_are_refused(world):
    with pytest.raises(InputError, match="no such folder"):
        archive_tasks(world.organized, world.archive, "")
    world.organized.mkdir()
    (world.organized / ".part-1-h.parquet").write_bytes(b"half a file")
    with pytest.raises(InputError, match="no organized hours"):
        archive_tasks(world.organized, world.archive, "")


def test_files_that_are_not_organized_hours_are_refused(world):
    world.write(0, HOURS[0])
    world.organize()
    file = world.organized / "hour00.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="not a Parquet file"):
        archive_tasks(world.organized, world.archive, "")
    pq.write_table(pa.table({"a": [1]}), file)
    with pytest.raises(InputError, match="column 'leaf' is missing"):
        archive_tasks(world.organized, world.archive, "")


def test_an_hour_that_does_not_hold_what_it_lists_is_refused(world):
    world.write(0, HOURS[0])
    world.organize()
    file = world.organized / "hour00.parquet"
    tasks = archive_tasks(world.organized, world.archive, "")
    table, about = pq.read_table(file), pq.read_metadata(file).metadata

    def rewrite(rows, **changes):
        with pq.ParquetWriter(file, rows.schema) as writer:
            writer.write_table(rows)
            writer.add_key_value_metadata({"trackmill.leaves": about[b"trackmill.leaves"].decode()} | changes)

    rewrite(table.slice(0, 3))
    with pytest.raises(InputError, match="holds 3 rows, but its leaves list 4"):
        archive_task(tasks[0], settings=SETTINGS)
    rewrite(table.take([3, 2, 1, 0]))
    with pytest.raises(InputError, match="does not hold the 2 rows"):
        archive_task(tasks[0], settings=SETTINGS)
    rewrite(table, **{"trackmill.leaves": "[]"})
    with pytest.raises(InputError, match="list of its leaves"):
        archive_task(tasks[0], settings=SETTINGS)
    file.unlink()
    with pytest.raises(InputError, match="no such file"):
        archive_task(tasks[0], settings=SETTINGS)
    assert not world.archive.exists()


def test_a_damaged_leaf_is_refused_and_left_alone(world):
    world.write(0, HOURS[0])
    world.run()
    file = world.file(SWISS)
    damaged = bytearray(file.read_bytes())
    damaged[4:200] = bytes(196)
    file.write_bytes(damaged)
    world.write(1, HOURS[1])
    with pytest.raises(InputError, match="damaged Parquet") as caught:
        world.run()
    assert caught.value.where == str(file)
    assert file.read_bytes() == damaged
    file.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="remove it"):
        world.run()
