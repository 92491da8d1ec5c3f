"""A task list packed into one buffer, small enough for millions of tasks and sendable as it is."""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from data_schemas.task import Task


class TaskList(Sequence[Task]):
    """Tasks by their position, kept as bytes: some fifty bytes a task beside its texts.

    Parameters
    ----------
    data
        All tasks, one pickled tuple after another.
    ends
        Where each task's bytes end, type `q`.
    costs
        Cost of each task, type `d`; empty where a list was sent to workers, who need none.
    positions
        Which of them the list holds, in its order, type `q`; None holds all as they were packed.
    """

    __slots__ = ("_costs", "data", "ends", "positions")

    def __init__(
        self,
        data: bytes | bytearray | memoryview,
        ends: Sequence[int],
        costs: Sequence[float] = (),
        positions: Sequence[int] | None = None,
    ) -> None:
        self.data = data
        self.ends = ends
        self._costs = costs
        self.positions = range(len(ends)) if positions is None else positions

    @classmethod
    def pack(cls, tasks: Iterable[Task]) -> TaskList:
        """Pack tasks; they may come one by one, and are not kept."""
        if isinstance(tasks, TaskList):
            return tasks
        data, ends, costs = bytearray(), array("q"), array("d")
        for task in tasks:
            data += pickle.dumps((task.id, task.inputs, task.output, task.cost, task.settings), 5)
            ends.append(len(data))
            costs.append(task.cost)
        return cls(data, ends, costs)

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, index: int) -> Task: ...

    @overload
    def __getitem__(self, index: slice) -> TaskList: ...

    def __getitem__(self, index: int | slice) -> Task | TaskList:
        """Return one task, or a list of some without copying them."""
        if isinstance(index, slice):
            return TaskList(self.data, self.ends, self._costs, self.positions[index])
        return Task(*self._fields(self.positions[index]))

    def __iter__(self) -> Iterator[Task]:
        return (Task(*self._fields(position)) for position in self.positions)

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield the id and the output of each task."""
        for position in self.positions:
            fields = self._fields(position)
            yield fields[0], fields[2]

    def costs(self) -> array[float]:
        """Return the cost of each task."""
        costs = self._costs
        return array("d", (costs[position] for position in self.positions))

    def take(self, indices: Iterable[int]) -> TaskList:
        """Return the tasks at `indices` of this list, in that order, without copying them."""
        positions = self.positions
        taken = array("q", (positions[index] for index in indices))
        return TaskList(self.data, self.ends, self._costs, taken)

    def to_bytes(self) -> bytes:
        """Return the tasks, without costs, as what is sent to a worker; see `from_bytes`."""
        data, numbers = bytearray(), array("q", [len(self)])
        for position in self.positions:
            data += memoryview(self.data)[self._start(position) : self.ends[position]]
            numbers.append(len(data))
        return numbers.tobytes() + data

    @classmethod
    def from_bytes(cls, sent: bytes) -> TaskList:
        """Return what `to_bytes` has made bytes of, without copying it."""
        view = memoryview(sent)
        (count,) = view[:8].cast("q")
        first = 8 * (1 + count)
        return cls(view[first:], view[8:first].cast("q"))

    def _start(self, position: int) -> int:
        return self.ends[position - 1] if position else 0

    def _fields(self, position: int) -> tuple[str, tuple[str, ...], str, float, str]:
        fields: tuple[str, tuple[str, ...], str, float, str]
        fields = pickle.loads(memoryview(self.data)[self._start(position) : self.ends[position]])
        return fields
