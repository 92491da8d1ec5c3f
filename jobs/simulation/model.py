"""The model: workers take chunks when they are free; only what they wait for in turn has a queue.

Events are few: a worker becomes free, asks, is answered, and has run its chunk. So the next event is always
that of the worker that is free first, and a heap of as many entries as there are workers is all there is.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from jobs.distribution import DISTRIBUTIONS, Source, Static, spans
from jobs.distribution.grants import REFILL_S, grants
from jobs.simulation.costs import LaunchCosts, Ranks

Chunk = tuple[int, int]
Draw = Callable[[float, int], tuple[float, Chunk | None]]
"""From the time a worker asks and its number to when it can begin, and its chunk, None at the end."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A run as the model has it; lists have one entry a worker.

    Attributes
    ----------
    job_s
        From the submission to the end of the job.
    began_s, ended_s
        When each worker began its first task and ended its last, from the submission; one without tasks does
        both when it is ready.
    busy_s
        Time each worker spent in its tasks.
    """

    job_s: float
    began_s: Sequence[float]
    ended_s: Sequence[float]
    busy_s: Sequence[float]

    @property
    def imbalance(self) -> float:
        """Busy time of the busiest worker over the mean, less 1; 0 where nothing was done."""
        total = sum(self.busy_s)
        return max(self.busy_s) * len(self.busy_s) / total - 1 if total else 0.0

    @property
    def launch_core_s(self) -> float:
        """Time of all workers before their first task."""
        return sum(self.began_s)

    @property
    def dispatch_core_s(self) -> float:
        """Time of all workers between their tasks."""
        return sum(self.ended_s) - sum(self.began_s) - sum(self.busy_s)

    @property
    def barrier_core_s(self) -> float:
        """Time of all workers after their last task, until the job ends."""
        return self.job_s * len(self.ended_s) - sum(self.ended_s)


def predict(
    seconds: Sequence[float],
    estimates: Sequence[float],
    ranks: Ranks,
    distribution: str,
    tasks_per_message: int = 1,
    costs: LaunchCosts | None = None,
) -> Prediction:
    """Return how a run would go.

    Parameters
    ----------
    seconds
        Time of each task on a worker of its own, in the order of the list after the setting `order` [s].
    estimates
        Cost estimate of each task, in the same order; static distributions deal by them, any unit.
    ranks
        Nodes and working processes.
    distribution
        Name of the distribution; its own rules deal the tasks or cut the chunks.
    tasks_per_message
        Tasks handed out at once, at least or always, as in the setting of that name.
    costs
        What launching and handing out cost; None for nothing.

    Raises
    ------
    ConfigError
        No such distribution.
    """
    costs = costs or LaunchCosts()
    run = _Run(seconds, ranks, costs)
    rule = DISTRIBUTIONS[distribution]
    if isinstance(rule, Static):
        run.deal(rule.deal(estimates, ranks.workers))
    else:
        chunks = list(spans(rule.cut(len(seconds), ranks.workers, tasks_per_message)))
        if rule.source is Source.MANAGER:
            draw = _managed(chunks, costs)
        elif ranks.nodes == 1:
            draw = _counted(chunks, costs)
        else:
            draw = _granted(chunks, ranks, costs, sum(seconds) * costs.slowdown)
        run.hand_out(draw)
    return run.prediction()


class _Run:
    """The workers of a run, and what each has done so far."""

    def __init__(self, seconds: Sequence[float], ranks: Ranks, costs: LaunchCosts) -> None:
        self._costs = costs
        self._seconds = seconds
        self._until = array("d", accumulate(seconds, initial=0.0))
        last = max(1, ranks.workers - 1)
        together = costs.launch_s + costs.spread_s
        self._ready = [
            together if costs.together else costs.launch_s + costs.spread_s * worker / last
            for worker in range(ranks.workers)
        ]
        self._began: list[float | None] = [None] * ranks.workers
        self._ended = list(self._ready)
        self._busy = [0.0] * ranks.workers

    def deal(self, dealt: Sequence[Sequence[int]]) -> None:
        """Run lists that every worker has from the beginning."""
        for worker, mine in enumerate(dealt):
            if mine:
                self._work(worker, self._ready[worker], sum(self._seconds[i] for i in mine), len(mine))

    def hand_out(self, draw: Draw) -> None:
        """Let whoever is free first draw the next chunk, until there are none."""
        free = [(ready, worker) for worker, ready in enumerate(self._ready)]  # sorted, so it is a heap
        while free:
            now, worker = free[0]
            start, chunk = draw(now, worker)
            if chunk is None:
                heapq.heappop(free)
                continue
            first, end = chunk
            self._work(worker, start, self._until[end] - self._until[first], end - first)
            heapq.heapreplace(free, (self._ended[worker], worker))

    def _work(self, worker: int, start: float, seconds: float, tasks: int) -> None:
        if self._began[worker] is None:
            self._began[worker] = start
            seconds += self._costs.first_s
        busy = seconds * self._costs.slowdown
        self._busy[worker] += busy
        self._ended[worker] = start + busy + tasks * self._costs.task_s

    def prediction(self) -> Prediction:
        """Return the run, all chunks done."""
        began = [ready if at is None else at for at, ready in zip(self._began, self._ready, strict=True)]
        return Prediction(max(self._ended) + self._costs.end_s, began, self._ended, self._busy)


def _managed(chunks: Sequence[Chunk], costs: LaunchCosts) -> Draw:
    """One manager, who answers one question after another."""
    left, answers = iter(chunks), _Server(costs.manager_s)

    def draw(now: float, _worker: int) -> tuple[float, Chunk | None]:
        chunk = next(left, None)
        return (now, None) if chunk is None else (answers(now) + costs.message_s, chunk)

    return draw


def _counted(chunks: Sequence[Chunk], costs: LaunchCosts) -> Draw:
    """One number in the memory of the node."""
    left, counter = iter(chunks), _Server(costs.counter_s)

    def draw(now: float, _worker: int) -> tuple[float, Chunk | None]:
        chunk = next(left, None)
        return (now, None) if chunk is None else (counter(now), chunk)

    return draw


def _granted(chunks: Sequence[Chunk], ranks: Ranks, costs: LaunchCosts, total_s: float) -> Draw:
    """A number in the memory of each node, and one rank that grants the nodes their next chunks."""
    give, grantor = grants(len(chunks), ranks.nodes), _Server(costs.manager_s)
    counters = [_Server(costs.counter_s) for _ in range(ranks.nodes)]
    pools = [range(0)] * ranks.nodes
    granted_at = [0.0] * ranks.nodes
    chunk_s = total_s / max(1, len(chunks))
    at_least = max(1, int(REFILL_S * ranks.processes / chunk_s)) if chunk_s else 1

    def draw(now: float, worker: int) -> tuple[float, Chunk | None]:
        node = worker // ranks.processes
        now = counters[node](now)
        if not pools[node]:
            pools[node] = range(*give(at_least))
            granted_at[node] = grantor(now) + costs.message_s
        if not pools[node]:
            return now, None
        mine, pools[node] = pools[node][0], pools[node][1:]
        return max(now, granted_at[node]), chunks[mine]

    return draw


class _Server:
    """Something that serves one after another, each for the same time."""

    def __init__(self, service_s: float) -> None:
        self._service_s = service_s
        self._free_at = 0.0

    def __call__(self, now: float) -> float:
        """Return when whoever comes at `now` has been served; calls come in order of time."""
        self._free_at = max(now, self._free_at) + self._service_s
        return self._free_at
