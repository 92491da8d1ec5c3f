"""What becomes of the archive when aircraft or cuts move to other leaves."""

import pyarrow.parquet as pq
import pytest

from data_schemas.config import LeafSettings, RegistrySettings
from data_schemas.errors import InputError
from tests.unit.tracks.archive.world import GLIDER, HOURS, SWISS, UNKNOWN, register
from tracks.archive import archive_tasks, remove_empty
from tracks.leaves import LeafIndex, leaves_of_archive, write_leaves


def test_aircraft_that_a_new_register_moves_leaves_its_old_leaf(world, tmp_path):
    for hour, rows in HOURS.items():
        world.write(hour, rows)
    world.run()
    world.leaves = register(tmp_path / "new.parquet", [("4B1805", "FixedWingMultiEngine", 180)])
    counts = world.run()
    assert (counts[GLIDER].rows_in, counts[GLIDER].rows_out) == (0, 0)
    assert counts[UNKNOWN].rows_out == 4
    files = world.archive.rglob("*.parquet")
    assert sum(pq.read_metadata(file).num_rows for file in files) == sum(map(len, HOURS.values()))


def many_gliders(path, number, **leaves):
    """Return the index of a register of gliders at every 16th address, cut in leaves of two."""
    settings = LeafSettings(**({"hours_a_year": {"Glider": 1}, "hours_per_leaf": 2} | leaves))
    register(path, [(f"{16 * i:06X}", "Glider", 1) for i in range(number)])
    return LeafIndex.load(path, RegistrySettings(leaves=settings))


def test_leaves_cut_anew_beside_hours_that_are_gone_are_refused_until_they_are_fixed(world, tmp_path):
    world.leaves = many_gliders(tmp_path / "old.parquet", 4)
    world.write(0, [("000000", 1, "A"), ("000010", 1, "B"), ("000030", 1, "C")])
    world.run()
    world.forget(0)
    before = world.contents()
    world.write(1, [("000030", 1, "C")])
    world.leaves = many_gliders(tmp_path / "new.parquet", 8, hours_per_leaf=3)
    with pytest.raises(InputError, match=r"000020_FFFFFF .*overlap.*keep the archive's leaves"):
        world.run()
    assert world.contents() == before
    write_leaves(leaves_of_archive(world.archive), tmp_path / "leaves.parquet")
    world.leaves = many_gliders(tmp_path / "new.parquet", 8, fixed=str(tmp_path / "leaves.parquet"))
    counts = world.run()
    assert {leaf: c.rows_out for leaf, c in counts.items()} == {"2021/Glider/Seats_1_10/000020_FFFFFF": 2}


def test_leaves_cut_anew_with_all_hours_on_disk_replace_the_old_ones(world, tmp_path):
    world.leaves = many_gliders(tmp_path / "old.parquet", 4)
    rows = [("000000", 1, "A"), ("000010", 1, "B"), ("000030", 1, "C")]
    world.write(0, rows)
    before = set(world.run())
    world.leaves = many_gliders(tmp_path / "new.parquet", 4, hours_per_leaf=1)
    counts = world.run()
    assert before < set(counts)
    remove_empty(world.file(leaf) for leaf in counts)
    assert {p.stem for p in world.archive.rglob("*.parquet")} == {
        "000000_00000F",
        "000010_00001F",
        "000030_FFFFFF",
    }
    assert sum(len(world.rows(leaf)) for leaf in counts) == len(rows)


def together(monkeypatch, rows):
    """Let tasks take leaves together until they have so many rows."""
    monkeypatch.setattr("tracks.archive.tasks.TASK_ROWS", rows)


def test_leaves_together_become_the_same_files_as_alone(world, monkeypatch):
    for hour, rows in HOURS.items():
        world.write(hour, rows)
    alone = world.run()
    before = world.contents()
    for file in world.archive.rglob("*.parquet"):
        file.unlink()
    together(monkeypatch, 100)
    counts = world.run()
    assert list(counts) == [f"{SWISS} to {UNKNOWN}"]
    assert counts[f"{SWISS} to {UNKNOWN}"].rows_out == sum(c.rows_out for c in alone.values())
    assert world.contents() == before


def test_of_leaves_together_only_those_with_new_hours_are_written(world, monkeypatch):
    together(monkeypatch, 100)
    world.write(0, HOURS[0])
    world.run()
    stamps = {file: file.stat().st_ino for file in world.archive.rglob("*.parquet")}
    world.write(1, [("a00001", 1, "G")])
    (counts,) = world.run().values()
    changed = [file for file in stamps if file.stat().st_ino != stamps[file]]
    assert changed == [world.file(GLIDER)]
    assert counts.rows_in == counts.rows_out == len(HOURS[0]) + 1


def test_a_lost_file_of_leaves_together_makes_their_task_stale(world, monkeypatch):
    together(monkeypatch, 100)
    world.write(0, HOURS[0])
    world.run()
    before = world.contents()
    (task,) = archive_tasks(world.organized, world.archive, "d")
    world.file(SWISS).unlink()
    (again,) = archive_tasks(world.organized, world.archive, "d")
    assert again.settings != task.settings
    world.run()
    assert world.contents() == before
    assert archive_tasks(world.organized, world.archive, "d") == [task]
