"""Tiles in memory that the processes of a node share: read once, bounded, and gone with the last process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.unit.tracks.grids.rasters import interpolate, write
from tracks.enrich.grids import Grids, shared
from tracks.enrich.grids.shared import SharedTiles

ROOT = Path(__file__).parents[4]
TILE_BYTES = 257 * 257 * 2

PROCESS = """
import sys
import numpy as np
from pathlib import Path
from tracks.enrich.grids import Grids, shared
shared._MEMORY = Path(sys.argv[2])
grids = Grids.open("enrich.elevation_grids", [sys.argv[1]], 64 << 20)
for line in sys.stdin:
    first, last = map(int, line.split())
    lat = np.linspace(2.55, 0.01, 400)
    lon = np.linspace(2.57 * first, 2.55 * last, 400)
    print(float(grids.values(lat, lon).sum()), grids.cache.tiles_read, flush=True)
"""


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A folder in place of /dev/shm."""
    folder = tmp_path / "shm"
    folder.mkdir()
    monkeypatch.setattr(shared, "_MEMORY", folder)
    return folder


@pytest.fixture
def grid(tmp_path):
    values = np.random.default_rng(1).integers(0, 3000, (1024, 2560)).astype("int16")
    return write(tmp_path / "grid.tif", values, 0.0, 10.24, 0.01), values


def anywhere(count=8000):
    draw = np.random.default_rng(2)
    return draw.uniform(0.006, 10.234, count), draw.uniform(0.006, 25.594, count)


def start(grid, memory):
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, grid, str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )

    def ask(first, last):
        process.stdin.write(f"{first} {last}\n")
        process.stdin.flush()
        answer = process.stdout.readline().split()
        return float(answer[0]), int(answer[1])

    return process, ask


def test_what_one_process_has_read_another_need_not_and_the_last_one_out_removes_it(grid, memory):
    path, _ = grid
    one, ask_one = start(path, memory)
    two, ask_two = start(path, memory)
    total, read = ask_one(0, 5)
    assert read >= 5
    assert ask_two(0, 5) == (total, 0)
    _, more = ask_two(0, 10)
    assert 0 < more <= 10
    assert ask_one(0, 10)[1] == read
    assert len(list(memory.iterdir())) == 1
    one.communicate()
    assert len(list(memory.iterdir())) == 1
    two.communicate()
    assert (one.returncode, two.returncode, list(memory.iterdir())) == (0, 0, [])


def test_what_killed_processes_leave_is_removed_by_the_next(grid, memory, tmp_path):
    one, ask = start(grid[0], memory)
    ask(0, 5)
    one.send_signal(signal.SIGKILL)
    one.communicate()
    (left,) = memory.iterdir()
    other = write(tmp_path / "other.tif", np.ones((5, 5), "int16"), 0.0, 5.0, 1.0)
    grids = Grids.open("enrich.elevation_grids", [other], 1 << 20)
    assert grids.values(np.ones(1), np.ones(1)) == 1
    assert not left.exists()


def test_the_bound_holds_and_changes_no_value(grid, memory):
    path, values = grid
    lat, lon = anywhere()
    witness = interpolate(values, 0.0, 10.24, 0.01, lat, lon)
    grids = Grids.open("enrich.elevation_grids", [path], 7 * TILE_BYTES + 100)
    np.testing.assert_allclose(grids.values(lat, lon), witness, atol=1e-3)
    (file,) = memory.iterdir()
    overhead = 2 * 4096  # the count, and the index of 40 tiles
    assert file.stat().st_size == 7 * TILE_BYTES + overhead
    slots = grids.cache.slots
    assert (len(slots.shared), len(slots.own)) == (7, 64)
    assert np.count_nonzero((slots.slot_of >= 0) & (slots.slot_of < 7)) == 7
    np.testing.assert_allclose(grids.values(lat, lon), witness, atol=1e-3)
    assert grids.cache.tiles_read == 40  # 33 fit the process's own


def test_too_little_memory_for_a_tile_is_none(grid, memory):
    grids = Grids.open("enrich.elevation_grids", [grid[0]], 1000)
    assert len(grids.cache.slots.shared) == 0
    assert grids.values(np.full(1, 10.235), np.full(1, 0.005)) == pytest.approx(grid[1][0, 0])
    assert len(list(memory.iterdir())) == 1


def test_memory_grows_by_need(grid, memory):
    grids = Grids.open("enrich.elevation_grids", [grid[0]], 1 << 30)
    (file,) = memory.iterdir()
    assert file.stat().st_blocks * 512 < 20_000
    grids.values(np.full(5, 9.0), np.full(5, 1.0))
    assert TILE_BYTES < file.stat().st_blocks * 512 < 2 * TILE_BYTES


def test_where_there_is_no_memory_or_somebody_elses_file_the_process_goes_on_alone(grid, memory, monkeypatch):
    path, values = grid
    lat, lon = anywhere()
    witness = interpolate(values, 0.0, 10.24, 0.01, lat, lon)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    grids = Grids.open("enrich.elevation_grids", [path], 1 << 30)
    assert len(grids.cache.slots.shared) == 0
    np.testing.assert_allclose(grids.values(lat, lon), witness, atol=1e-3)
    assert list(memory.iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setattr(shared, "_MEMORY", memory)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(PermissionError):
        SharedTiles("key", 10, 1 << 20, np.dtype(np.int16))


@pytest.mark.usefixtures("memory")
def test_memory_that_ends_meanwhile_leaves_the_rest_to_the_process(grid, monkeypatch):
    path, values = grid
    grids = Grids.open("enrich.elevation_grids", [path], 1 << 30)
    lat, lon = anywhere(50)
    grids.values(lat[:1], lon[:1])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    lat, lon = anywhere()
    witness = interpolate(values, 0.0, 10.24, 0.01, lat, lon)
    np.testing.assert_allclose(grids.values(lat, lon), witness, atol=1e-3)
    slots = grids.cache.slots
    assert np.count_nonzero((slots.slot_of >= 0) & (slots.slot_of < len(slots.shared))) == 1


def test_a_changed_grid_shares_nothing_with_its_former_self(tmp_path, memory):
    path = write(tmp_path / "grid.tif", np.full((5, 5), 1, "int16"), 0.0, 5.0, 1.0)
    before = Grids.open("enrich.elevation_grids", [path], 1 << 20)
    assert before.values(np.ones(1), np.ones(1)) == 1
    write(tmp_path / "grid.tif", np.full((5, 5), 2, "int16"), 0.0, 5.0, 1.0)
    os.utime(path, ns=(1, 1))
    after = Grids.open("enrich.elevation_grids", [path], 1 << 20)
    assert after.values(np.ones(1), np.ones(1)) == 2
    assert len(list(memory.iterdir())) == 2
    del before, after
    assert list(memory.iterdir()) == []
