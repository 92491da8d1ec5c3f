"""Which runs are made: each once a round, in another order each round, and what feeds the model apart."""

import pytest

from data_schemas.config import BenchSettings
from jobs.triple import Triple
from workflow.bench.design import Configuration, design, probe_of, rounds, triples

EVERYTHING = BenchSettings().strategies


def names(found, group):
    return [one for one in found if group in one.groups]


def test_what_is_compared_differs_in_one_thing():
    found = design(BenchSettings(), 4, EVERYTHING)
    assert len(found) == len(set(found)) == len({one.name for one in found})
    distributions = names(found, "distributions")
    assert {one.stage for one in distributions} == {"process"}
    assert {one.triple for one in distributions} == {Triple(1, 4, 1)}
    assert sorted(one.tasks_per_message for one in distributions if one.distribution == "self") == [
        1,
        4,
        16,
        64,
    ]
    assert {one.strategy for one in names(found, "strategies")} == set(EVERYTHING)
    assert [one.distribution for one in names(found, "archive")] == ["block", "cyclic"]
    assert {one.order for one in names(found, "triples")} == {"chronological", "largest-first"}
    assert sorted(one.cache for one in names(found, "cache")) == ["cold", "cold", "warm", "warm"]


def test_a_configuration_of_two_comparisons_is_run_once():
    found = design(BenchSettings(include=("orders", "cache")), 2, ["mpi", "serial", "process"])
    shared = [one for one in found if len(one.groups) > 1]
    assert {(one.stage, one.order, one.cache) for one in shared} == {
        ("organize", "largest-first", "warm"),
        ("process", "largest-first", "warm"),
    }


def test_what_cannot_run_is_left_out():
    found = design(BenchSettings(include=("strategies",)), 2, ["serial", "process"])
    assert {one.strategy for one in found} == {"serial", "process"}


def test_the_model_is_fed_with_other_runs_than_it_is_checked_with():
    found = design(BenchSettings(), 2, EVERYTHING)
    measured = [one for one in found if one.role == "measured"]
    feeds = [one for one in found if one.role != "measured"]
    for one in measured:
        assert probe_of(one) in feeds
        times = [f for f in feeds if f.role == "calibration" and f.strategy == "serial"]
        assert (one.stage, one.triple.threads, one.cache) in {
            (f.stage, f.triple.threads, f.cache) for f in times
        }
    assert not any(one.groups for one in feeds)


def test_rounds_hold_everything_once_in_orders_that_differ_and_repeat():
    found = design(BenchSettings(), 2, EVERYTHING)
    made = rounds(found, BenchSettings(repeats=3))
    assert [set(one) for one in made] == [set(found)] * 3
    assert made[0] != made[1] != made[2]
    assert made == rounds(found, BenchSettings(repeats=3))
    assert made != rounds(found, BenchSettings(repeats=3, seed=1))


@pytest.mark.parametrize("cores", [1, 2, 6])
def test_triples_fill_the_machine_and_oversubscribe_it_twice_at_most(cores):
    found = triples(BenchSettings(), cores)
    assert len(found) == len(set(found))
    assert Triple(1, cores, 1) in found
    assert max(one.total_threads for one in found) == 2 * cores
    assert triples(BenchSettings(triples=((1, 3, 1),)), cores) == [Triple(1, 3, 1)]


def test_a_name_tells_all_that_differs():
    one = Configuration("organize", "mpi", Triple(2, 3, 1), cache="cold", few=True, role="probe")
    assert one.name == "organize/mpi/2x3x1/largest-first/self/1/cold/few/probe"
