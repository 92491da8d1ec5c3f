import itertools
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import ConfigError
from jobs.backend import BACKENDS, backend_for
from jobs.distribution import DISTRIBUTIONS, Dynamic, Static
from jobs.registry import Registry

DYNAMIC = [name for name in DISTRIBUTIONS if isinstance(DISTRIBUTIONS[name], Dynamic)]
STATIC = [name for name in DISTRIBUTIONS if isinstance(DISTRIBUTIONS[name], Static)]


def test_every_distribution_of_the_settings_is_registered():
    assert set(DISTRIBUTIONS) == set(get_args(LaunchSettings.model_fields["distribution"].annotation))


@pytest.mark.parametrize("name", STATIC)
@given(tasks=st.integers(0, 200), workers=st.integers(1, 30))
def test_every_task_has_one_worker_and_lengths_differ_by_one_at_most(name, tasks, workers):
    lists = DISTRIBUTIONS[name].deal([1.0] * tasks, workers)
    assert len(lists) == workers
    assert sorted(index for indices in lists for index in indices) == list(range(tasks))
    lengths = [len(indices) for indices in lists]
    assert max(lengths) - min(lengths) <= 1


def listed(name, costs, workers):
    return [list(indices) for indices in DISTRIBUTIONS[name].deal(costs, workers)]


def test_block_and_cyclic():
    assert listed("block", [1.0] * 7, 3) == [[0, 1, 2], [3, 4], [5, 6]]
    assert listed("cyclic", [1.0] * 7, 3) == [[0, 3, 6], [1, 4], [2, 5]]


def test_lpt_gives_the_longest_to_whoever_has_least():
    # Graham's worst case for two workers by hand: 3 3 2 2 2 gives 7 where 6 is possible.
    assert listed("lpt", [3.0, 3.0, 2.0, 2.0, 2.0], 2) == [[0, 2, 4], [1, 3]]
    assert listed("lpt", [1.0, 2.0, 3.0, 4.0], 2) == [[3, 0], [2, 1]]
    assert listed("lpt", [0.0] * 4, 2) == [[0, 2], [1, 3]]


@given(costs=st.lists(st.integers(1, 50), min_size=1, max_size=8), workers=st.integers(1, 3))
@example(costs=[3, 3, 2, 2, 2], workers=2)
def test_lpt_keeps_grahams_bound(costs, workers):
    longest = max(sum(costs[i] for i in mine) for mine in listed("lpt", costs, workers))
    best = min(
        max(sum(c for c, who in zip(costs, dealt, strict=True) if who == w) for w in range(workers))
        for dealt in itertools.product(range(workers), repeat=len(costs))
    )
    assert longest <= (4 / 3 - 1 / (3 * workers)) * best + 1e-9


def cut(name, tasks, workers, least):
    ends = list(DISTRIBUTIONS[name].cut(tasks, workers, least))
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize("name", DYNAMIC)
@given(tasks=st.integers(0, 3000), workers=st.integers(1, 30), least=st.integers(1, 20))
def test_chunks_cover_the_list_and_only_the_last_is_shorter_than_asked_for(name, tasks, workers, least):
    sizes = cut(name, tasks, workers, least)
    assert sum(sizes) == tasks
    assert all(size >= least for size in sizes[:-1])
    assert all(size > 0 for size in sizes)


def test_chunks_by_hand():
    # guided: ceil(left / 3); factoring: rounds of 3 chunks, each ceil(left / 6)
    for kind in ("", "counter-"):
        assert cut(f"{kind}guided", 20, 3, 1) == [7, 5, 3, 2, 1, 1, 1]
        assert cut(f"{kind}guided", 20, 3, 4) == [7, 5, 4, 4]
        assert cut(f"{kind}factoring", 20, 3, 1) == [4, 4, 4, 2, 2, 2, 1, 1]
    for name in ("self", "counter"):
        assert cut(name, 12, 3, 5) == [5, 5, 2]


@pytest.mark.parametrize(
    ("launch", "message"),
    [
        (
            {"backend": "process", "distribution": "counter"},
            "launch.distribution: 'counter' does not work with backend process; choose block, cyclic, "
            "factoring, self, guided, lpt, or backend mpi",
        ),
        ({"backend": "dask", "distribution": "counter-guided"}, "does not work with backend dask; choose"),
    ],
)
def test_what_does_not_work_together_is_refused_with_what_does(launch, message):
    with pytest.raises(ConfigError) as caught:
        backend_for(LaunchSettings(**launch))
    assert message in str(caught.value)


def test_all_else_works_together():
    for name in BACKENDS:
        for distribution in BACKENDS[name].distributions():
            assert backend_for(LaunchSettings(backend=name, distribution=distribution)) is BACKENDS[name]
    assert (
        set(BACKENDS["mpi"].distributions()) == set(BACKENDS["serial"].distributions()) == set(DISTRIBUTIONS)
    )


def test_a_name_is_registered_once():
    registry = Registry("launch.colour")
    registry.add("red", 1)
    with pytest.raises(ValueError, match=r"launch\.colour 'red' is registered twice"):
        registry.add("red", 2)
