"""What each kernel of stage 3 takes of an observation, in memory: steps 1 to 9, no reading, no enrichment.

    python bench/kernels.py "1 Hz=LEAF" "10 s=LEAF" [--rows 1000000]

LEAF is an archived leaf (Parquet). Every compiled function that Python calls on the way is timed alone; what
is left are arrays gathered between them, and Python. Processor time, one thread, the least of some repeats.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobs.threads import apply_threads

apply_threads(1)  # before numba is imported

from numba.core.dispatcher import Dispatcher  # noqa: E402

from data_schemas.config import ProcessSettings  # noqa: E402
from tracks.process import leaf, seconds, segments  # noqa: E402
from tracks.process.leaf_file import read_observations  # noqa: E402
from tracks.process.observations import LeafObservations  # noqa: E402

REPEATS = 5
_BETWEEN = "between them"
_TOTAL = "all"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "leaves", nargs="+", metavar="NAME=LEAF", help="archived leaves, and what to call them"
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="observations of each, some more")
    arguments = parser.parse_args()
    columns, head = {}, []
    for given in arguments.leaves:
        name, _, path = given.partition("=")
        pieces = some(read_observations(Path(path)), arguments.rows)
        columns[name], made = least(pieces)
        head.append(
            f"{name}: {sum(piece.time_s.size for piece in pieces):,} observations, {made:,} seconds made"
        )
    print(*head, sep="\n")
    print(f"\n{'ns an observation':28}" + "".join(f"{name:>10}" for name in columns))
    first = next(iter(columns.values()))
    for kernel in sorted(first, key=first.__getitem__, reverse=True):
        print(f"{kernel:28}" + "".join(f"{column[kernel]:10.1f}" for column in columns.values()))


def some(pieces: Iterator[LeafObservations], rows: int) -> list[LeafObservations]:
    """Take pieces until there are so many rows."""
    kept: list[LeafObservations] = []
    while sum(piece.time_s.size for piece in kept) < rows and (piece := next(pieces, None)):
        kept.append(piece)
    return kept


def least(pieces: Sequence[LeafObservations]) -> tuple[dict[str, float], int]:
    """Return the nanoseconds of an observation that each kernel takes, and how many seconds are made."""
    rows = sum(piece.time_s.size for piece in pieces)
    _clean(pieces)  # compiles
    made = 0
    runs = []
    for _ in range(REPEATS):
        spent: Counter[str] = Counter()
        with timed(spent):
            begin = time.process_time_ns()
            made = _clean(pieces)
            spent[_TOTAL] = time.process_time_ns() - begin
        spent[_BETWEEN] = 2 * spent[_TOTAL] - spent.total()
        runs.append(spent)
    return {name: min(run[name] for run in runs) / rows for name in runs[0]}, made


def _clean(pieces: Sequence[LeafObservations]) -> int:
    settings = ProcessSettings()
    return sum(
        track.second_s.size
        for piece in pieces
        for track in leaf.clean_leaf(piece, settings, "FixedWingMultiEngine").tracks()
    )


@contextmanager
def timed(spent: Counter[str]) -> Iterator[None]:
    """Count the time of each compiled function that the modules of stage 3 call."""

    def watched(name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            begin = time.process_time_ns()
            answer = kernel(*arguments)
            spent[name] += time.process_time_ns() - begin
            return answer

        return call

    kernels = [
        (module, name, kernel)
        for module in (leaf, seconds, segments)
        for name, kernel in vars(module).items()
        if isinstance(kernel, Dispatcher)
    ]
    for module, name, kernel in kernels:
        setattr(module, name, watched(name.strip("_"), kernel))
    try:
        yield
    finally:
        for module, name, kernel in kernels:
            setattr(module, name, kernel)


if __name__ == "__main__":
    main()
