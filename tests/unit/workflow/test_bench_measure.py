"""Where the time of workers went, by hand; slots; the file cache."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from data_schemas.task import Task
from jobs.triple import Triple
from workflow.bench.cache import prepare_cache
from workflow.bench.design import Configuration
from workflow.bench.extrapolate import recommended
from workflow.bench.measure import _tasks, slots, taxes
from workflow.bench.others import Others, disturbed
from workflow.bench.work import drawn

ONE = Configuration("process", "mpi", Triple(1, 2, 1))


def task(worker, start_s, seconds, **more):
    known = {"cpu_s": seconds, "queued_s": 0.0, "rows_in": 10, "peak_rss_bytes": 7}
    return {"worker": worker, "start_s": start_s, "seconds": seconds} | known | more


def test_taxes_by_hand():
    tasks = [
        task(1, 2.0, 3.0, cpu_s=2.0, queued_s=0.25),
        task(2, 2.5, 1.0),
        task(1, 5.5, 1.5, peak_rss_bytes=9),
        task(2, 4.0, 1.0),
    ]
    found = taxes(tasks, ONE, 8.0)
    assert found["launch_s"] == 2
    assert found["busy_core_s"] == 6.5
    assert (found["busy_min_s"], found["busy_median_s"], found["busy_max_s"]) == (2, 3.25, 4.5)
    assert found["imbalance"] == pytest.approx(4.5 / 3.25 - 1)
    assert found["launch_core_s"] == 2 + 2.5
    assert found["dispatch_core_s"] == pytest.approx(0.5 + 0.5)
    assert found["barrier_core_s"] == (8 - 7) + (8 - 5)
    assert found["end_s"] == 1
    assert found["turn_s"] == 0.5
    assert found["io_core_s"] == pytest.approx(0.75)
    assert found["rows_per_s"] == 5
    assert found["core_s_per_billion_rows"] == pytest.approx(2 * 8 / 40 * 1e9)
    assert found["peak_rss_bytes"] == 9
    idle = found["launch_core_s"] + found["dispatch_core_s"] + found["barrier_core_s"]
    assert idle + found["busy_core_s"] == pytest.approx(2 * 8)


def test_a_worker_without_tasks_waits_at_the_barrier():
    found = taxes([task(1, 1.0, 2.0)], ONE, 4.0)
    assert (found["launch_core_s"], found["barrier_core_s"]) == (2, 1 + 3)
    assert found["imbalance"] == 1


def test_slots_are_the_lowest_free_ones():
    assert slots([(0, 3), (1, 2), (2, 5), (3, 4), (3.5, 4)]) == [1, 2, 2, 1, 3]


def test_drawn_tasks_keep_the_largest_and_their_order():
    tasks = [Task(f"t{n}", (), "", cost=float(n % 5)) for n in range(10)]
    found = drawn(tasks, 3)
    assert [one for one in tasks if one in found] == found
    assert max(one.cost for one in found) == 4
    assert len(found) == 3
    assert drawn(tasks, None) == drawn(tasks, 99) == tasks


def test_the_cache_is_warmed_and_emptied(tmp_path):
    file = tmp_path / "input"
    file.write_bytes(os.urandom(1 << 20))
    assert prepare_cache([str(file)], "warm") == 1
    assert prepare_cache([str(file)], "cold") <= 1  # a file system in memory keeps what it holds
    assert prepare_cache([], "cold") == 1


def test_the_simplest_of_those_within_two_per_cent_is_recommended():
    def row(job_s, ranks, distribution, order="largest-first", message=1):
        return {
            "job_s": job_s,
            "ranks": ranks,
            "distribution": distribution,
            "order": order,
            "tasks_per_message": message,
        }

    rows = [
        row(100, 4096, "self"),
        row(101.9, 1024, "counter"),
        row(101, 1024, "self", message=4),
        row(101.5, 1024, "self"),
        row(102.1, 256, "block"),
    ]
    assert recommended(rows) is rows[3]


def test_cpu_time_is_of_others_until_a_child_has_been_waited_for():
    others = Others()
    burn = "import time\nwhile time.process_time() < 0.5: pass"
    child = subprocess.Popen([sys.executable, "-c", burn])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, but is not counted as ours yet
    before = others.core_s()
    assert child.wait() == 0
    after = others.core_s()
    assert before >= 0.45
    assert before - after >= 0.25  # it is ours now; what others do in between adds a little


def test_what_others_took_is_said_by_hand():
    runs = [{"others_core_s": took, "job_s": 10.0} for took in (0.2, 0.6, 1.2, None)]
    assert "3.0% of the cores in the median run, but more than 5% in 1 of 3" in disturbed(runs, 2)
    assert disturbed(runs[:2], 2).endswith("2.0% of the cores in the median run, 3.0% at most.")
    assert disturbed(runs[3:], 2) == ""


def test_tasks_of_a_probe_are_every_places_in_turn():
    # Without a duration the lowest place would be free for each, and have all turns.
    known = {"node": "n", "made": {}, "rows_in": 0, "bytes_in": 0, "cost": 1.0, "peak_rss_bytes": 1}
    starts = (1.0, 1.5, 3.0, 3.5)
    rows = [
        SimpleNamespace(task=f"{n}", worker=1, started_at_s=s, seconds=0.0, **known)
        for n, s in enumerate(starts)
    ]
    one = Configuration("process", "process-a-task", Triple(1, 2, 1), role="probe")
    tasks = _tasks(rows, 0.0, one)
    assert [task["worker"] for task in tasks] == [1, 2, 1, 2]
    assert taxes(tasks, one, 4.0)["turn_s"] == 2
