"""What the processes of a measured run execute: python -m workflow.bench.program FILE [INDEX]."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from data_schemas.errors import TrackmillError
from jobs.launcher import launched_rank, ranks
from jobs.threads import apply_threads
from jobs.triple import Triple
from workflow.bench.work import Work


def main() -> int:
    """Run the work in the file: all of it, with the other ranks, or the one task of the index."""
    work = Work.load(Path(sys.argv[1]))
    apply_threads(work.launch.triple[2])
    _name_virtual_node(work)
    try:
        return _run(work)
    except TrackmillError as error:
        if launched_rank() in {None, 0}:
            print(error, file=sys.stderr)
        return error.exit_code


def _run(work: Work) -> int:
    told = work.make_worker, work.launch, work.job.ledger, work.job.stage
    if work.listed:
        from jobs.peers.single import run_single

        return min(1, run_single(work.listed, int(sys.argv[2]), *told))
    if work.strategy == "futures":
        from jobs.peers.futures import run_futures

        run_futures(work.ordered, *told)
        return 0
    from jobs.run import run_tasks

    run_tasks(work.plan, *told, progress=False)
    return 0


def _name_virtual_node(work: Work) -> None:
    """Tell a rank of several nodes on one machine, outside SLURM, which of them it is on."""
    triple, rank = Triple.parse(work.launch.triple), launched_rank()
    if triple.nodes > 1 and rank is not None and "SLURM_JOB_ID" not in os.environ:
        first = ranks(work.launch) - triple.workers  # a manager is on the first node
        node = max(0, rank - first) // triple.processes
        os.environ["SLURMD_NODENAME"] = f"virtual-{node + 1}"  # what jobs.node.node_name goes by


if __name__ == "__main__":
    sys.exit(main())
