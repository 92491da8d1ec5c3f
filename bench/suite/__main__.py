"""`python -m bench.suite`: measure everything, and write performance.json and performance.md."""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.suite import figures
from bench.suite.child import ROOT, Child, StepFailedError
from bench.suite.machine import describe, peer_versions
from bench.suite.measure import Bench, Rates, measure, say
from bench.suite.memory import measure_memory
from bench.suite.pairs import measure_pairs
from bench.suite.report import render
from bench.suite.scripts import run_script

SECTIONS = ("rates", "pairs", "memory", "costs", "kernels", "fusion", "encodings")
KINDS = ("merge", "1 Hz", "10 s", "hour", "hours")
_OURS = ("bench.suite.steps_ours", "bench.suite.steps_general")
_PREPARE_S = 900
_PEERS = ("bench.suite.steps_peers",)


@dataclass(frozen=True)
class Extent:
    """How much is measured: sizes, repeats, seconds for each part, rows of the large inputs."""

    sizes: tuple[str, ...]
    repeats: int
    rates_s: float
    pairs_s: float
    pair_size: str
    least_s: float
    timeout_s: float
    hour_rows: int
    aircraft_rows: int
    memory_s: float
    fuse: tuple[str, ...]


WHOLE = Extent(
    sizes=figures.ALL,
    repeats=3,
    rates_s=1000,
    pairs_s=75,
    pair_size="4x",
    least_s=0.4,
    timeout_s=400,
    hour_rows=18_300_000,
    aircraft_rows=10_000_000,
    memory_s=500,
    fuse=("--repeats", "2"),
)
"""Within some 20 minutes on two quiet cores. A usual hour of the paper's has 1.83 million rows."""
QUICK = Extent(
    sizes=(figures.TINY,),
    repeats=1,
    rates_s=10,
    pairs_s=5,
    pair_size=figures.TINY,
    least_s=0.0,
    timeout_s=240,
    hour_rows=10_000,
    aircraft_rows=10_000,
    memory_s=200,
    fuse=("--hours", "1", "--aircraft", "100", "--repeats", "1"),
)
"""Shows that everything runs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write what was found."""
    options = _parser().parse_args(arguments)
    if options.render:
        results = json.loads(options.render.read_text(encoding="utf-8"))
        options.render.with_suffix(".md").write_text(render(results), encoding="utf-8")
        return 0
    whole = not options.quick and not options.only
    out = options.out or (ROOT / "docs" if whole else ROOT / "results" / "bench")
    extent = replace(
        QUICK if options.quick else WHOLE, **({"repeats": options.repeats} if options.repeats else {})
    )
    with _folder(options.work) as work:
        for results in run(work, extent, options.only or SECTIONS, options.peers):
            out.mkdir(parents=True, exist_ok=True)
            (out / "performance.json").write_text(_compact(results), encoding="utf-8")
            (out / "performance.md").write_text(render(results), encoding="utf-8")
    say(f"{results['seconds']:.0f} s; written: performance.json and performance.md in {out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.suite", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny data, once: shows that everything runs")
    parser.add_argument(
        "--only", nargs="+", metavar="WORD", help=f"sections ({', '.join(SECTIONS)}) or names of steps"
    )
    parser.add_argument("--repeats", type=int, help="how often every step is timed at most")
    parser.add_argument("--work", type=Path, help="folder for the data, which is kept; else a temporary one")
    parser.add_argument(
        "--out", type=Path, help="folder of the results (a whole run: docs; else results/bench)"
    )
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-bench", help="environment of the peers")
    parser.add_argument("--render", type=Path, help="only write the table of these results (JSON) again")
    return parser


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
        yield work.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="trackmill-bench-") as name:
        yield Path(name)


def run(work: Path, extent: Extent, only: Sequence[str], peers: Path) -> Iterator[dict[str, Any]]:
    """Run the sections; one that fails is reported in its place, and the others go on.

    Yields
    ------
    dict
        The results so far, after each section.
    """
    begin = time.monotonic()
    log = work / "log.txt"
    peer_python = peers / "bin" / "python"

    def child() -> Child:
        return Child(Path(sys.executable), _OURS, log)

    bench = Bench(
        work,
        child(),
        Child(peer_python, _PEERS, log) if peer_python.exists() else None,
        figures.MEMORY_AT_MOST_BYTES,
        extent.least_s,
        extent.timeout_s,
        "the peers' environment is missing (make .venv-bench/ready)",
    )
    other = child()
    plan = [p for p in figures.PLAN if "rates" in only or p.step in only]
    results: dict[str, Any] = {
        "machine": describe() | {"peers": peer_versions(peer_python) if peer_python.exists() else {}},
        "sizes": extent.sizes,
        "sections": [name for name in SECTIONS if name in only] or ["rates"],
    }
    try:
        everything = set(only) & {"pairs", "memory", "costs", "kernels", "encodings"}
        kinds = [kind for kind in KINDS if everything or any(p.kind == kind for p in plan)]
        _prepare(bench, other, extent, kinds)
        until = time.monotonic() + extent.rates_s
        rates = measure(bench, plan, extent.sizes, extent.repeats, until) if plan else Rates()
        results |= {"rates": rates.as_json(), "seconds": round(time.monotonic() - begin)}
        yield results
        parts: dict[str, Callable[[], Any]] = {
            "pairs": lambda: _pairs(bench, (bench.ours, other), extent, rates),
            "costs": lambda: _costs(bench, extent),
            "kernels": lambda: run_script(
                ["bench/kernels.py", *(f"{kind}={_leaf(work, extent, kind)}" for kind in ("1 Hz", "10 s"))],
                extent.timeout_s,
            ),
            "fusion": lambda: run_script(["bench/fuse.py", *extent.fuse], extent.timeout_s),
            "encodings": lambda: run_script(
                ["bench/encodings.py", "--archived", _leaf(work, extent, "10 s")], extent.timeout_s
            ),
            "memory": lambda: measure_memory(
                bench,
                child,
                extent.sizes[-1],
                extent.hour_rows,
                extent.aircraft_rows,
                time.monotonic() + extent.memory_s,
            ),
        }
        for name, part in parts.items():
            if name in only:
                say(f"{name} …")
                results |= {name: _guarded(part), "seconds": round(time.monotonic() - begin)}
                yield results
    finally:
        for process in (bench.ours, bench.peers, other):
            if process is not None:
                process.close()
        shutil.rmtree(work / "scratch", ignore_errors=True)


def _guarded(part: Callable[[], Any]) -> Any:
    try:
        return part()
    except Exception as error:  # a part that fails must not cost the others their figures
        say(f"FAILED: {type(error).__name__}: {error}")
        return {"error": f"{type(error).__name__}: {error}"}


def _prepare(bench: Bench, other: Child, extent: Extent, kinds: Sequence[str]) -> None:
    """Make all data: first the tiny ones, which compiles, then two places at a time, the largest first."""
    sizes = [size for size in reversed(figures.ALL) if size in {*extent.sizes, extent.pair_size}]
    waiting = [
        [{"step": "make_place", "work": str(bench.work), "kind": kind, "size": size} for kind in kinds]
        for size in (figures.TINY, *sizes)
    ]
    large = list(itertools.chain(*waiting[1:]))
    begin = time.monotonic()
    for two in (*([one] for one in waiting[0]), *(large[n : n + 2] for n in range(0, len(large), 2))):
        children = (bench.ours, other)[: len(two)]
        for child, request in zip(children, two, strict=True):
            child.send(request)
        for child, request in zip(children, two, strict=True):
            try:
                child.receive(_PREPARE_S)
            except StepFailedError as error:  # the steps that want it will fail, the others go on
                say(f"{request['kind']}, {request['size']}: FAILED, {error}")
    say(f"data made in {time.monotonic() - begin:.0f} s")


def _pairs(bench: Bench, children: tuple[Child, Child], extent: Extent, rates: Rates) -> dict[str, Any]:
    steps = [step for step in figures.PAIRS if step not in rates.failed]
    steps += [(name, "1 Hz") for name in figures.PAIR_LIMITS]
    until = time.monotonic() + extent.pairs_s
    return measure_pairs(bench, children, steps, extent.pair_size, extent.repeats, until)


def _leaf(work: Path, extent: Extent, kind: str) -> str:
    """Return the archived leaf of a kind of data, of the smallest size."""
    place = work / kind.replace(" ", "") / extent.sizes[0]
    return next(str(path) for path in (place / "archive").rglob("*.parquet"))


def _costs(bench: Bench, extent: Extent) -> list[dict[str, Any]]:
    """Return for each stage the functions that most of its processor time goes to."""
    size = extent.sizes[min(1, len(extent.sizes) - 1)]
    found = []
    for words, step, kind in figures.COSTS:
        try:
            answer = bench.ours.ask(bench.request(step, kind, size, profile=True), bench.timeout_s)
            found.append({"stage": words, "shares": answer["shares"]})
        except StepFailedError as error:
            found.append({"stage": words, "error": str(error)})
    return found


def _compact(results: dict[str, Any]) -> str:
    """Return the results as JSON, a line an entry of each part."""
    lines = []
    for name, part in results.items():
        if isinstance(part, dict):
            inner = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in part.items())
            lines.append(f" {json.dumps(name)}: {{\n{inner}\n }}")
        else:
            lines.append(f" {json.dumps(name)}: {json.dumps(part)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main())
