"""The model against runs worked out by hand, against bounds, and against closed forms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_schemas.errors import ConfigError
from jobs.distribution import DISTRIBUTIONS
from jobs.simulation import LaunchCosts, Ranks, predict

TWO = Ranks(1, 2)
TASKS = [5.0, 1.0, 1.0, 1.0, 4.0, 2.0]
"""Six tasks of 14 s."""


@pytest.mark.parametrize(
    ("distribution", "chunk", "busy"),
    [
        ("block", 1, [7, 7]),  # 5 1 1 | 1 4 2
        ("cyclic", 1, [10, 4]),  # 5 1 4 | 1 1 2
        ("lpt", 1, [7, 7]),  # 5 1 1 | 4 2 1
        ("self", 1, [7, 7]),  # 5 2 | 1 1 1 4: at 5 s one takes the 2, the other runs its 4 from 3 to 7
        ("self", 2, [6, 8]),  # 5 1 | 1 1, 4 2
        ("counter", 1, [7, 7]),
        ("guided", 1, [7, 7]),  # chunks of 3 2 1 1 would be 3 2 1: 5 1 1 | 1 4, then 2: 7 and 7
        ("counter-guided", 1, [7, 7]),
        ("factoring", 1, [8, 6]),  # chunks of 2 2 1 1: 5 1, 2 | 1 1, 4
        ("counter-factoring", 1, [8, 6]),
    ],
)
def test_by_hand(distribution, chunk, busy):
    found = predict(TASKS, TASKS, TWO, distribution, chunk)
    assert found.busy_s == pytest.approx(busy)
    assert found.job_s == pytest.approx(max(busy))
    assert found.imbalance == pytest.approx(max(busy) / 7 - 1)


def test_costs_by_hand():
    # Ready at 3 s; the manager serves 0.5 s each, a message takes 0.25 s, a task 0.1 s more, the end 1 s;
    # tasks of 2 s take 3 s. Worker 1 has its first at 3.75, worker 2, who waits for the manager, at 4.25.
    costs = LaunchCosts(2, 1, task_s=0.1, message_s=0.25, manager_s=0.5, end_s=1, slowdown=1.5)
    found = predict([2.0] * 3, [1.0] * 3, TWO, "self", 1, costs)
    # Worker 1: 3.75 to 6.85, asks, 7.6 to 10.7; worker 2: 4.25 to 7.35.
    assert found.began_s == pytest.approx([3.75, 4.25])
    assert found.ended_s == pytest.approx([10.7, 7.35])
    assert found.job_s == pytest.approx(11.7)
    assert found.launch_core_s == pytest.approx(8)
    assert found.dispatch_core_s == pytest.approx(0.75 + 3 * 0.1)
    assert found.barrier_core_s == pytest.approx(1 + 4.35)


def test_the_first_task_of_each_worker_takes_longer():
    found = predict([1.0] * 4, [1.0] * 4, TWO, "cyclic", 1, LaunchCosts(first_s=0.5, slowdown=2))
    assert found.busy_s == [5, 5]
    assert found.job_s == 5


def test_workers_of_a_pool_begin_one_after_another():
    found = predict([1.0] * 3, [1.0] * 3, Ranks(1, 3), "block", 1, LaunchCosts(1, 4, together=False))
    assert found.began_s == [1, 3, 5]
    assert found.job_s == 6


def test_a_busy_manager_is_all_that_counts():
    # Closed form: n messages of service s in turn, then one task, if w (s + t) is far less than n s.
    found = predict([1e-3] * 5000, [1.0] * 5000, Ranks(4, 64), "self", 1, LaunchCosts(manager_s=1e-4))
    assert found.job_s == pytest.approx(5000 * 1e-4 + 1e-3, rel=1e-6)
    longer = predict([1e-3] * 5000, [1.0] * 5000, Ranks(4, 64), "self", 10, LaunchCosts(manager_s=1e-4))
    assert longer.job_s == pytest.approx(500 * 1e-4 + 10e-3, rel=1e-6)


def test_a_manager_with_time_takes_nothing_but_the_first_questions():
    # Closed form: equal tasks t, service s, w s < t: worker w begins at w s, then each task takes t + s.
    found = predict([1.0] * 40, [1.0] * 40, Ranks(1, 4), "self", 1, LaunchCosts(manager_s=0.01))
    assert found.job_s == pytest.approx(0.03 + 10 * 1.01)


def test_the_longest_task_at_the_end_is_the_tail():
    tasks = [1.0] * 12 + [10.0]
    assert predict(tasks, tasks, Ranks(1, 4), "self").job_s == 13
    assert predict(tasks[::-1], tasks[::-1], Ranks(1, 4), "self").job_s == 10


def test_nodes_are_granted_shares_of_the_counter():
    # 8 chunks on 2 nodes of 1: granted 2 (of 8), 1 (of 6), 1, 1, 1, 1, 1. Each grant takes 0.5 s of rank 0.
    found = predict([10.0] * 8, [1.0] * 8, Ranks(2, 1), "counter", 1, LaunchCosts(manager_s=0.5))
    # Node 1: from 0.5 two, 21 to 31, 31.5 to 41.5; node 2: 1 to 11, 11.5 to 21.5, 22 to 32, 32.5 to 42.5.
    assert sum(found.busy_s) == pytest.approx(80)
    assert found.began_s == [0.5, 1.0]
    assert found.job_s == pytest.approx(42.5)


def test_an_unknown_distribution_is_a_setting_to_correct():
    with pytest.raises(ConfigError, match="blok"):
        predict([1.0], [1.0], TWO, "blok")


times = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=60)


@given(seconds=times, nodes=st.integers(1, 3), processes=st.integers(1, 4), chunk=st.integers(1, 5))
@pytest.mark.parametrize("distribution", list(DISTRIBUTIONS))
def test_no_run_beats_the_longest_task_or_the_mean(distribution, seconds, nodes, processes, chunk):
    ranks = Ranks(nodes, processes)
    found = predict(seconds, seconds, ranks, distribution, chunk, LaunchCosts(1, end_s=1, task_s=1e-4))
    least = max(*seconds, math.fsum(seconds) / ranks.workers)
    assert found.job_s >= (2 + least) * (1 - 1e-9)
    assert math.fsum(found.busy_s) == pytest.approx(math.fsum(seconds))
    idle = found.launch_core_s + found.dispatch_core_s + found.barrier_core_s
    assert idle + math.fsum(found.busy_s) == pytest.approx(ranks.workers * found.job_s)
    assert found.dispatch_core_s >= -1e-6


@given(seconds=times, workers=st.integers(1, 9))
def test_list_scheduling_keeps_grahams_bound(seconds, workers):
    found = predict(seconds, seconds, Ranks(1, workers), "self")
    bound = math.fsum(seconds) / workers + (1 - 1 / workers) * max(seconds)
    assert found.job_s <= bound * (1 + 1e-9)


@given(seconds=times, workers=st.integers(1, 9))
def test_a_static_block_is_the_sum_of_its_tasks(seconds, workers):
    found = predict(seconds, [1.0] * len(seconds), Ranks(1, workers), "block")
    share, extra = divmod(len(seconds), workers)
    first = math.fsum(seconds[: share + (extra > 0)])
    assert found.busy_s[0] == pytest.approx(first)


@pytest.mark.parametrize(("distribution", "rounds"), [("self", 2), ("counter", 3), ("lpt", 2)])
def test_a_hundred_thousand_ranks(distribution, rounds):
    # 137,000 equal tasks are two rounds; a node of 100 ranks that was granted 101 chunks makes it three.
    tasks = [1.0] * 137_000
    found = predict(tasks, tasks, Ranks(1000, 100), distribution, 1, LaunchCosts(manager_s=1e-9))
    assert found.job_s == pytest.approx(rounds, rel=1e-3)
    assert math.fsum(found.busy_s) == 137_000
