from typing import get_args

import pytest

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import ConfigError
from data_schemas.task import Task
from jobs.order import ORDERS
from jobs.tasklist import TaskList

TASKS = [Task(name, (), f"{name}.out", cost) for name, cost in (("c", 2), ("a", 5), ("d", 2), ("b", 3))]


def names(order, seed=0, tasks=TASKS):
    packed = TaskList.pack(tasks)
    return "".join(task.id for task in packed.take(ORDERS[order](packed, seed)))


def test_every_order_of_the_settings_is_registered():
    assert set(ORDERS) == set(get_args(LaunchSettings.model_fields["order"].annotation))


def test_orders():
    assert names("as-given") == "cadb"
    assert names("chronological") == "abcd"
    assert names("largest-first") == "abcd"
    assert names("largest-first", tasks=TASKS[::-1]) == "abcd"


def test_random_depends_on_the_seed_alone():
    shuffles = {names("random", seed) for seed in range(20)}
    assert len(shuffles) > 5
    assert all(sorted(shuffle) == list("abcd") for shuffle in shuffles)
    assert names("random", 3) == names("random", 3)
    assert names("random", 3, TASKS[::-1]) == names("random", 3)


def test_an_empty_list_stays_empty():
    assert [names(name, tasks=[]) for name in ORDERS] == [""] * 4


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(
        ConfigError, match=r"launch\.order: 'larges-first' is unknown; did you mean 'largest-first'\?"
    ):
        ORDERS["larges-first"]
