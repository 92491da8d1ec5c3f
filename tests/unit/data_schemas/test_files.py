"""A file appears complete or not at all, also when the writer is killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from data_schemas.files import complete_file, remove_parts, scratch_file, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_file_appears_with_its_content(tmp_path):
    with complete_file(tmp_path / "a" / "b.txt") as part:
        part.write_text("x")
        assert not (tmp_path / "a" / "b.txt").exists()
    assert (tmp_path / "a" / "b.txt").read_text() == "x"
    assert names(tmp_path / "a") == ["b.txt"]


def test_error_leaves_what_was_there_before(tmp_path):
    write_text(tmp_path / "b.txt", "old")

    def write_half():
        with complete_file(tmp_path / "b.txt") as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert (tmp_path / "b.txt").read_text() == "old"
    assert names(tmp_path) == ["b.txt"]


def test_writer_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), complete_file(tmp_path / "b.txt"):
        pass
    assert names(tmp_path) == []


def test_killed_writer_leaves_only_a_hidden_part(tmp_path):
    program = (
        "import sys, time; from data_schemas.files import complete_file\n"
        "with complete_file(sys.argv[1]) as part:\n"
        "    part.write_text('half'); print('half', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "b.parquet")], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "half\n"
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait(timeout=10)
    (left,) = names(tmp_path)
    assert left.startswith(".part-")
    assert not list(tmp_path.glob("[!.]*.parquet"))


def test_two_writers_do_not_mix(tmp_path):
    with complete_file(tmp_path / "b") as one, complete_file(tmp_path / "b") as two:
        assert one != two
        one.write_text("1" * 1000)
        two.write_text("2")
    assert (tmp_path / "b").read_text() in {"1" * 1000, "2"}
    assert time.time() - (tmp_path / "b").stat().st_mtime < 60


def test_a_scratch_file_is_gone_in_the_end_and_what_a_kill_leaves_is_removed(tmp_path):
    final = tmp_path / "folder" / "a.parquet"
    with scratch_file(final) as one, scratch_file(final) as two:
        one.write_text("1")
        two.write_text("2")
        assert len(names(final.parent)) == 2
    assert one.name.startswith(".")
    assert names(final.parent) == []
    one.write_text("1")  # as a kill leaves it
    remove_parts(final)
    assert names(final.parent) == []


def test_parts_of_a_file_are_removed_and_of_no_other(tmp_path):
    def killed(name):
        with complete_file(tmp_path / name) as part:
            part.write_text("half")
            left = tmp_path / f"{part.name}"
            kept = left.read_text()
        (tmp_path / name).unlink()
        left.write_text(kept)  # as a kill before the renaming leaves it
        return left.name

    mine, mine_too = killed("[a].parquet"), killed("[a].parquet")
    other, longer = killed("a.parquet"), killed("2024-[a].parquet")
    assert names(tmp_path) == sorted([mine, mine_too, other, longer])
    remove_parts(tmp_path / "[a].parquet")
    assert names(tmp_path) == sorted([other, longer])
    remove_parts(tmp_path / "none" / "x")
