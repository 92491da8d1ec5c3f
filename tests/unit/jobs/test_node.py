import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jobs.node import (
    control_groups,
    cpu_quota,
    memory_limits,
    move_to_cores,
    pin_to_cores,
    pin_worker,
    this_node,
)
from jobs.triple import Triple

HERE = Path(__file__).parents[3]


def groups(tmp_path, **limits):
    """A control group of version 2 three levels deep; `limits` by level."""
    root, own = tmp_path / "cgroup", tmp_path / "own"
    leaf = root / "slurm" / "job_7"
    leaf.mkdir(parents=True)
    own.write_text("12:cpuset:/old\n0::/slurm/job_7\n")
    for level, text in limits.items():
        folder = {"leaf": leaf, "middle": leaf.parent, "root": root}[level]
        (folder / "cpu.max").write_text(f"{text}\n")
    return control_groups(root, own)


def test_the_least_quota_of_all_levels_counts(tmp_path):
    found = groups(tmp_path, leaf="500000 100000", middle="250000 100000", root="max 100000")
    assert cpu_quota(found) == 2.5
    assert len(found) == 3


def test_no_quota(tmp_path):
    assert cpu_quota(groups(tmp_path, leaf="max 100000")) is None
    assert control_groups(tmp_path, tmp_path / "absent") == []


def test_memory_limits(tmp_path):
    found = groups(tmp_path)
    (found[0] / "memory.max").write_text("max\n")
    (found[1] / "memory.max").write_text("1073741824\n")
    assert memory_limits(found) == [2**30]


def test_this_node_counts_the_affinity(monkeypatch):
    monkeypatch.delenv("TRACKMILL_OVERSUBSCRIBE", raising=False)
    monkeypatch.setattr("jobs.node.control_groups", list)
    node = this_node()
    assert node.cores == len(os.sched_getaffinity(0))
    assert node.memory_bytes > 2**28
    assert not node.oversubscribe
    assert this_node(affinity={3, 5, 7}).cores == 3
    monkeypatch.setenv("TRACKMILL_OVERSUBSCRIBE", "1")
    assert this_node().oversubscribe


def test_a_quota_below_the_affinity_wins(monkeypatch):
    monkeypatch.setattr("jobs.node.cpu_quota", lambda _: 2.5)
    assert this_node(affinity=range(7)).cores == 2


@pytest.fixture
def calls(monkeypatch):
    """Pretend to have cores 10 … 24, and note what would be pinned."""
    found = []
    monkeypatch.setattr("jobs.node.os.sched_getaffinity", lambda _: set(range(10, 25)))
    monkeypatch.setattr("jobs.node.os.sched_setaffinity", lambda _, cores: found.append(cores))
    return found


def test_processes_get_disjoint_cores(calls):
    pinned = [pin_to_cores(rank, Triple(2, 3, 5)).cores for rank in range(3)]
    assert pinned == [tuple(range(10, 15)), tuple(range(15, 20)), tuple(range(20, 25))]
    assert set(calls) == set(pinned)


def test_too_few_cores_pin_nothing_and_say_so(calls):
    pinning = pin_to_cores(0, Triple(1, 4, 5))
    assert pinning.cores == ()
    assert pinning.note == "processes are not pinned: 15 cores are too few to give each of 20 threads its own"
    assert calls == []


def test_free_cores_pin_nothing_where_only_a_full_node_should(calls):
    assert pin_to_cores(0, Triple(1, 2, 5), only_if_full=True).note.endswith("leaves some of 15 cores free")
    assert calls == []
    assert pin_to_cores(1, Triple(1, 2, 5)).cores == tuple(range(15, 20))


def test_the_environment_and_the_backend_can_say_no(calls, monkeypatch):
    why_not = "processes are not pinned: {}".format
    assert pin_worker(0, Triple(1, 3, 5), unless="two nodes") == why_not("two nodes")
    monkeypatch.setenv("TRACKMILL_PIN", "0")
    assert pin_worker(0, Triple(1, 3, 5), unless="two nodes") == why_not("TRACKMILL_PIN=0")
    assert pin_worker(0, Triple(1, 3, 5)) == why_not("TRACKMILL_PIN=0")
    assert calls == []
    monkeypatch.delenv("TRACKMILL_PIN")
    assert pin_worker(1, Triple(1, 3, 5)) == "each process is pinned to 5 of 15 cores"
    assert set(calls) == {tuple(range(15, 20))}


def test_a_process_its_launcher_pinned_is_left_alone(calls):
    assert pin_to_cores(1, Triple(1, 3, 15)).note == "the launcher has pinned each process to 15 cores"
    assert calls == []


def test_threads_that_exist_already_move_too():
    code = """
import os, threading
from jobs.node import pin_to_cores
from jobs.triple import Triple
ended = threading.Event()
thread = threading.Thread(target=ended.wait)
thread.start()
pinning = pin_to_cores(0, Triple(1, 1, 1))
print(pinning.cores == tuple(os.sched_getaffinity(thread.native_id)) == tuple(os.sched_getaffinity(0)))
ended.set()
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HERE, check=True)
    assert run.stdout == "True\n"


def test_move_to_cores_skips_threads_that_have_just_ended(monkeypatch):
    seen = []

    def gone(thread, _cores):
        seen.append(thread)
        raise ProcessLookupError

    monkeypatch.setattr("jobs.node.os.sched_setaffinity", gone)
    move_to_cores({0})
    assert threading.get_native_id() in seen
