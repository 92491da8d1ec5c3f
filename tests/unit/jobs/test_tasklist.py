from hypothesis import given
from hypothesis import strategies as st

from data_schemas.task import Task
from jobs.tasklist import TaskList

TASK = st.builds(
    Task,
    id=st.text(),
    inputs=st.lists(st.text(), max_size=3).map(tuple),
    output=st.text(),
    cost=st.floats(allow_nan=False),
    settings=st.text(max_size=5),
)


@given(tasks=st.lists(TASK, max_size=8), data=st.data())
def test_what_is_packed_comes_back(tasks, data):
    packed = TaskList.pack(iter(tasks))
    assert list(packed) == tasks
    assert [packed[index] for index in range(len(packed))] == tasks
    assert list(packed.costs()) == [task.cost for task in tasks]
    assert list(packed.names()) == [(task.id, task.output) for task in tasks]
    order = data.draw(st.permutations(range(len(tasks))))
    taken = packed.take(order)
    assert list(taken) == [tasks[index] for index in order]
    half = len(order) // 2
    assert list(taken.take(range(half))) == list(taken[:half]) == list(taken)[:half]
    assert list(taken.costs()) == [tasks[index].cost for index in order]
    assert list(TaskList.from_bytes(taken[:half].to_bytes())) == list(taken)[:half]


def test_a_million_tasks_take_a_hundred_bytes_each():
    tasks = (Task(f"t{i:07d}", (), f"out/t{i:07d}", 1.0, "0123456789abcdef") for i in range(10_000))
    packed = TaskList.pack(tasks)
    assert len(packed.data) + 8 * len(packed.ends) < 120 * len(packed)
    assert TaskList.pack(packed) is packed
