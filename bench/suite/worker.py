"""A child process: reads requests, one JSON object a line, runs steps, writes one answer a line.

    python -m bench.suite.worker bench.suite.steps_ours ...

The modules named hold the steps. A step that raises is an answer with `error`; the process lives on.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import shutil
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from jobs.threads import apply_threads

apply_threads(1)  # before any library is imported

from bench.suite.given import STEPS, Did, Given, Work  # noqa: E402
from bench.suite.shares import Sampler  # noqa: E402


class Worker:
    """Runs requests; what a step has prepared for a place stays in memory."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[str, str, str], Work] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one request; return rows, seconds of processor and wall, peak memory, and what was made."""
        if (cores := request.get("cores")) is not None:
            os.sched_setaffinity(0, cores)
        if request["step"] == "make_place":
            from bench.suite.data import make_place

            make_place(Path(request["work"]), request["kind"], request["size"])
            return {}
        if request["step"] == "call":  # a function of some module, for what is no step
            function = getattr(importlib.import_module(request["module"]), request["function"])
            return {"value": function(**request["arguments"])}
        given = Given(Path(request["place"]), Path(request["out"]), request["memory_bytes"])
        key = request["step"], request["place"], request["out"]
        if key not in self._prepared:
            self._prepared[key] = STEPS[request["step"]](given)
            if request["least_s"]:  # what a worker keeps from one task to the next is there
                _clear(given.out)
                self._prepared[key]()
        work = self._prepared[key]
        if request.get("profile"):
            _clear(given.out)
            with Sampler() as sampler:
                work()
            return {"shares": sampler.shares()}
        return _timed(work, given.out, request["least_s"])


def _timed(work: Work, out: Path, least_s: float) -> dict[str, Any]:
    """Run a step until so much time has passed, at least once; return the means of a run."""
    cpu_s = wall_s = 0.0
    runs = 0
    did = Did(0, {})
    gc.collect()
    begin = time.perf_counter()
    while runs == 0 or time.perf_counter() - begin < least_s:
        _clear(out)
        wall, cpu = time.perf_counter(), time.process_time()
        did = work()
        cpu_s += time.process_time() - cpu
        wall_s += time.perf_counter() - wall
        runs += 1
    return {
        "rows": did.rows,
        "made": dict(did.made),
        "cpu_s": cpu_s / runs,
        "wall_s": wall_s / runs,
        "runs": runs,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _clear(folder: Path) -> None:
    """Empty the folder for outputs: archive would go on with what it finds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def main() -> None:
    """Answer until the requests end."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    problems = {}
    for name in sys.argv[1:]:
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever it is, the other modules serve
            problems[name] = f"{type(error).__name__}: {error}"
    worker = Worker()
    for line in sys.stdin:
        try:
            answer = worker.answer(json.loads(line))
        except KeyError as error:
            traceback.print_exc()
            answer = {"error": f"no step {error}" + "".join(f"; {n}: {p}" for n, p in problems.items())}
        except Exception as error:  # one failing step is reported, the others go on
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
