"""Runs the small stage with the orders and distributions of a backend: `… FOLDER BACKEND`, on all ranks.

Each run starts with an empty output folder and ledger; afterwards they are moved to
`FOLDER/<order> <distribution>/`.
"""

from __future__ import annotations

import itertools
import sys
from functools import partial
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from jobs.backend import BACKENDS
from jobs.order import ORDERS
from jobs.run import run_tasks
from tests.pipeline.jobs_mpi_program import make_worker, plan


def combinations(backend: str) -> list[tuple[str, str]]:
    """Return every pair of order and distribution; each of either once where a run starts processes anew."""
    distributions = BACKENDS[backend].distributions()
    if backend in {"serial", "mpi"}:
        return list(itertools.product(ORDERS, distributions))
    return list(zip(itertools.cycle(ORDERS), distributions, strict=False))


def main() -> None:
    folder, backend = Path(sys.argv[1]), sys.argv[2]
    for order, distribution in combinations(backend):
        launch = LaunchSettings(
            backend=backend,
            triple=(1, 3, 1),
            order=order,
            distribution=distribution,
            tasks_per_message=2,
            seed=5,
        )
        summary = run_tasks(
            partial(plan, folder, {}),
            partial(make_worker, {}),
            launch,
            folder / "ledger",
            "count",
            progress=False,
        )
        if summary is not None:
            done = folder / f"{order} {distribution}"
            done.mkdir()
            (folder / "out").rename(done / "out")
            (folder / "ledger").rename(done / "ledger")
            print(summary.done, done.name, flush=True)


if __name__ == "__main__":
    main()
