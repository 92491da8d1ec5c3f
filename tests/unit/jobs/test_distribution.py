from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_schemas.config.launch import LaunchSettings
from jobs.distribution import DISTRIBUTIONS, Managed, Static
from jobs.registry import Registry

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


def test_block_and_cyclic():
    assert DISTRIBUTIONS["block"].deal([1.0] * 7, 3) == [[0, 1, 2], [3, 4], [5, 6]]
    assert DISTRIBUTIONS["cyclic"].deal([1.0] * 7, 3) == [[0, 3, 6], [1, 4], [2, 5]]


def test_self_gives_the_same_number_until_the_end():
    rule = DISTRIBUTIONS["self"]
    assert isinstance(rule, Managed)
    assert [rule.chunk(left, 3, 5) for left in (20, 5, 4, 1)] == [5, 5, 4, 1]


def test_a_name_is_registered_once():
    registry = Registry("launch.colour")
    registry.add("red", 1)
    with pytest.raises(ValueError, match=r"launch\.colour 'red' is registered twice"):
        registry.add("red", 2)
