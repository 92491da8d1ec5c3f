"""Does a counter in another rank's memory answer while that rank is busy? Worst waits, by real ranks.

    python bench/counter_progress.py [--seconds 2]

Rank 0 holds the number and is busy: in pure Python, or in a kernel that holds Python's lock and never enters
MPI. Rank 1 draws numbers all the while. "Between nodes" is MPICH with `MPIR_CVAR_NOLOCAL=1`: messages go
through the network's path although both ranks are on this machine. The last rows are what backend `mpi` does:
a counter in the memory of each node, and between nodes a rank that is busy with nothing else.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from array import array
from pathlib import Path

from jobs.launcher import find_mpiexec

NODES = {"one node": {}, "between nodes": {"MPIR_CVAR_NOLOCAL": "1"}}
HELP = {
    "nothing": {},
    "a Python thread that looks every 0.5 ms": {},
    "MPICH's progress thread": {"MPIR_CVAR_ASYNC_PROGRESS": "1"},
    "a rank of its own": {},
}


def be_busy(how: str, until: float) -> None:
    """Take a core without entering MPI."""
    kernel = ctypes.PyDLL(None)  # calls hold Python's lock, as a kernel compiled without nogil does
    while time.perf_counter() < until:
        if how == "kernel":
            kernel.usleep(400_000)
        else:
            sum(range(1000))


def one_sided(how: str, helped: str, seconds: float) -> dict | None:
    """Rank 1 adds to a number in the memory of rank 0."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    window = MPI.Win.Allocate(8 if comm.rank == 0 else 0, 1, comm=comm)
    window.Lock_all(MPI.MODE_NOCHECK)
    comm.Barrier()
    end = time.perf_counter() + seconds
    found = None
    if comm.rank == 0:
        ended = threading.Event()
        if "Python thread" in helped:

            def look() -> None:
                while not ended.wait(0.5e-3):
                    comm.Iprobe(MPI.ANY_SOURCE, MPI.ANY_TAG)

            threading.Thread(target=look, daemon=True).start()
        be_busy(how, end)
        ended.set()
    else:
        one, got, waits = array("q", [1]), array("q", [0]), []
        while time.perf_counter() < end - 0.45:
            clock = time.perf_counter()
            window.Fetch_and_op(one, got, 0, 0, MPI.SUM)
            window.Flush(0)
            waits.append(time.perf_counter() - clock)
            if len(waits) % 100 == 0:
                time.sleep(1e-3)  # two ranks, and maybe one core: let the other one run
        found = told(waits)
    comm.Barrier()
    window.Unlock_all()
    window.Free()
    return found


def asked(seconds: float) -> dict | None:
    """Rank 0 answers and is not busy; rank 1 is, between its questions."""
    from mpi4py import MPI

    from jobs.backend.mpi_messages import Asker, serve
    from jobs.backend.mpi_waiting import sharpen_sleep, wait_for_all
    from jobs.drain import Drain

    comm, drain = MPI.COMM_WORLD, Drain()
    sharpen_sleep()
    if comm.rank == 0:
        serve(comm, lambda at_least: (0, at_least), drain)
        return None
    asker, waits, end = Asker(comm, drain), [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        clock = time.perf_counter()
        asker.ask()
        asker.answer()
        waits.append(time.perf_counter() - clock)
        if len(waits) % 20 == 0:
            time.sleep(20e-3)  # so that rank 0 has gone to sleep
    wait_for_all(comm)
    return told(waits)


def told(waits: list[float]) -> dict:
    waits.sort()
    return {"median_us": waits[len(waits) // 2] * 1e6, "worst_ms": waits[-1] * 1e3, "draws": len(waits)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rank", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.rank:
        how, helped = json.loads(arguments.rank)
        own = helped == "a rank of its own"
        found = asked(arguments.seconds) if own else one_sided(how, helped, arguments.seconds)
        if found:
            print(json.dumps(found), flush=True)
        return
    print(f"{'ranks':<14}{'rank 0 is in':<15}{'helped by':<42}{'median us':>10}{'worst ms':>10}")
    for where, node in NODES.items():
        for helped, variables in HELP.items():
            for how in ("Python", "kernel") if helped != "a rank of its own" else ("nothing",):
                told_row(where, how, helped, node | variables, arguments.seconds)


def told_row(where: str, how: str, helped: str, variables: dict[str, str], seconds: float) -> None:
    command = [str(find_mpiexec()), "-n", "2", sys.executable, __file__, "--seconds", str(seconds)]
    environment = os.environ | variables | {"PYTHONPATH": str(Path(__file__).parents[1])}
    try:
        done = subprocess.run(
            [*command, "--rank", json.dumps([how, helped])],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            timeout=20 + 5 * seconds,
        )
        row = json.loads(done.stdout.strip().splitlines()[-1])
        result = f"{row['median_us']:>10.1f}{row['worst_ms']:>10.1f}"
    except (subprocess.SubprocessError, IndexError, ValueError) as error:
        result = f"  did not end: {type(error).__name__}"
    print(f"{where:<14}{how:<15}{helped:<42}{result}", flush=True)


if __name__ == "__main__":
    main()
