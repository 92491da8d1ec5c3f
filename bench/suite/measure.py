"""Steps repeated in turn, so that a slow moment of the machine hits all of them; and what they come to."""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.suite.child import Child, StepFailedError
from bench.suite.figures import ALL, TINY, Figure, Planned, Ratio

Key = tuple[str, str, str]
"""Step, kind of data, size."""


def say(words: str) -> None:
    """Print a line of progress."""
    print(words, file=sys.stderr, flush=True)


@dataclass
class Bench:
    """Where a run works, its children, and how long steps may take."""

    work: Path
    ours: Child
    peers: Child | None
    memory_bytes: int
    least_s: float
    timeout_s: float
    without_peers: str = ""

    def request(self, step: str, kind: str, size: str, **more: object) -> dict[str, Any]:
        """Return the request of a step on a kind and size of data."""
        place = self.work / kind.replace(" ", "") / size
        return {
            "step": step,
            "place": str(place),
            "out": str(self.work / "scratch" / step),
            "memory_bytes": self.memory_bytes,
            "least_s": self.least_s,
            **more,
        }

    def run(self, planned: Planned, size: str, **more: object) -> dict[str, Any]:
        """Run a step in the child of its environment."""
        child = self.peers if planned.peers else self.ours
        if child is None:
            raise StepFailedError(self.without_peers)
        if planned.peers or planned.long:  # slow, and nothing of peers gets faster by being run before
            more = {"least_s": 0.0, **more}
        return child.ask(self.request(planned.step, planned.kind, size, **more), self.timeout_s)


@dataclass
class Rates:
    """Measurements of every step by repeat, and why steps have none."""

    found: dict[Key, dict[int, dict[str, Any]]] = field(default_factory=dict)
    failed: dict[tuple[str, str], str] = field(default_factory=dict)
    repeats: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return all as lists and texts."""
        return {
            "repeats": self.repeats,
            "steps": [
                {"step": key[0], "kind": key[1], "size": key[2], "runs": list(runs.items())}
                for key, runs in self.found.items()
            ],
            "failed": [[*key, error] for key, error in self.failed.items()],
        }

    @classmethod
    def from_json(cls, known: dict[str, Any]) -> Rates:
        """Return what `as_json` has written."""
        found = {(s["step"], s["kind"], s["size"]): dict(s["runs"]) for s in known["steps"]}
        return cls(found, {(step, kind): error for step, kind, error in known["failed"]}, known["repeats"])

    def values(self, step: str, kind: str, size: str, *, wall: bool = False, made: str = "") -> list[float]:
        """Return rows (or what was made) a second of processor time, or of wall time, by repeat."""
        clock = "wall_s" if wall else "cpu_s"
        runs = self.found.get((step, kind, size), {}).values()
        return [(run["made"][made] if made else run["rows"]) / run[clock] for run in runs]

    def sizes(self, step: str, kind: str) -> list[str]:
        """Return the sizes that a step was measured in, the smallest first."""
        return [s for s in (TINY, *ALL) if (step, kind, s) in self.found]

    def ratio(self, figure: Figure, ratio: Ratio) -> tuple[str, list[float]]:
        """Return the largest size in which both were measured, and the ratio of every repeat."""
        clock = "wall_s" if ratio.wall else "cpu_s"
        for size in reversed(self.sizes(figure.step, figure.kind)):
            ours = self.found[figure.step, figure.kind, size]
            theirs = [self.found.get((peer, figure.kind, size), {}) for peer in ratio.peers]
            common = [n for n in ours if all(n in one for one in theirs)]
            if common:
                slowest = {n: max(one[n][clock] / one[n]["rows"] for one in theirs) for n in common}
                own = {n: ours[n][clock] / ours[n]["rows"] for n in common}
                if ratio.at_most is not None:
                    return size, [own[n] / slowest[n] for n in common]
                return size, [slowest[n] / own[n] for n in common]
        return "", []

    def medians(self, step: str, kind: str, size: str) -> tuple[int, float] | None:
        """Return rows and the median of processor time [s] in a size."""
        runs = list(self.found.get((step, kind, size), {}).values())
        return (runs[0]["rows"], statistics.median(r["cpu_s"] for r in runs)) if runs else None

    def exponent(self, step: str, kind: str, *, beyond: str = "") -> float | None:
        """Return the exponent of rows in processor time: the slope through the medians, both logarithmic.

        Parameters
        ----------
        step, kind
            Of what; None where it was measured in fewer than three sizes.
        beyond
            A small size: take the rows and the time beyond those of that size instead, so that what a task
            costs however few its rows are does not count. None where the time does not grow.
        """
        origin = self.medians(step, kind, beyond) if beyond else (0, 0.0)
        found = [self.medians(step, kind, size) for size in ALL]
        if origin is None or None in found:
            return None
        points = [(rows - origin[0], seconds - origin[1]) for rows, seconds in filter(None, found)]
        if any(seconds <= 0 for _, seconds in points):
            return None
        logarithms = [(math.log(rows), math.log(seconds)) for rows, seconds in points]
        return statistics.linear_regression(*zip(*logarithms, strict=True)).slope


def measure(bench: Bench, plan: Sequence[Planned], sizes: Sequence[str], repeats: int, until: float) -> Rates:
    """Run every step in every size once a repeat; stop repeating when the time is up.

    Parameters
    ----------
    bench
        Where.
    plan, sizes
        What: a step is measured in those of its sizes that are asked for, and on tiny data if that is one of
        its sizes; every step is where tiny data are asked for.
    repeats
        How often at most.
    until
        Time (`time.monotonic`) by which the last repeat is to end, going by what its steps took before.
    """
    rates = Rates()
    for planned in plan:
        _try(bench, planned, TINY, rates, repeat=None)  # compiles, and shows what cannot run
    next_s = 0.0
    for repeat in range(repeats):
        begin = time.monotonic()
        if repeat and begin + next_s > until:
            break
        next_s = 0.0
        for planned in plan:  # its sizes one after the other: the exponent is of one moment of the machine
            step_begin = time.monotonic()
            for size in dict.fromkeys((TINY, *sizes)):
                wanted = (size in planned.sizes or TINY in sizes) and repeat < planned.repeats
                if wanted and (planned.step, planned.kind) not in rates.failed:
                    _try(bench, planned, size, rates, repeat)
            if repeat + 1 < planned.repeats:
                next_s += time.monotonic() - step_begin
        rates.repeats = repeat + 1
        say(f"repeat {repeat + 1} of {repeats} took {time.monotonic() - begin:.0f} s")
    return rates


def _try(bench: Bench, planned: Planned, size: str, rates: Rates, repeat: int | None) -> None:
    name = f"{planned.step}, {planned.kind}"
    try:
        answer = bench.run(planned, size, **({"least_s": 0.0} if repeat is None else {}))
    except StepFailedError as error:
        rates.failed[planned.step, planned.kind] = str(error)
        say(f"{name}, {size}: FAILED, {error}")
        return
    if repeat is None:
        return
    rates.found.setdefault((planned.step, planned.kind, size), {})[repeat] = _kept(answer)
    pace = answer["rows"] / answer["cpu_s"]
    say(f"{repeat + 1}: {name}, {size}: {answer['rows']:,} rows, {answer['cpu_s']:.2f} s, {pace:,.0f} rows/s")


def _kept(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what tables are made of."""
    made = {
        name: answer["made"][name] for name in ("seconds", "bytes_out", "files") if name in answer["made"]
    }
    return {
        "rows": answer["rows"],
        "cpu_s": round(answer["cpu_s"], 4),
        "wall_s": round(answer["wall_s"], 4),
        "made": made,
    }
