"""The ranks of a run: where each of them is, and what this one is among them."""

from __future__ import annotations

from dataclasses import dataclass

from mpi4py import MPI

from jobs.triple import Triple


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a rank sits: its node, the machine (several virtual nodes may be one), its cores there."""

    node: str
    machine: str
    cores: frozenset[int]


@dataclass(frozen=True, slots=True)
class Crew:
    """The ranks of a run and this rank's part among them.

    Attributes
    ----------
    seats
        Seat of each rank.
    node
        The ranks that share memory with this one: those of its node.
    groups
        How many such groups there are. Virtual nodes of one machine may be one.
    managers
        1 where rank 0 hands out the tasks, 0 where it works.
    """

    comm: MPI.Intracomm
    seats: tuple[Seat, ...]
    node: MPI.Intracomm
    groups: int
    managers: int

    @property
    def seat(self) -> Seat:
        """Return this rank's seat."""
        return self.seats[self.comm.rank]

    @property
    def workers(self) -> int:
        """Return the number of working ranks."""
        return len(self.seats) - self.managers

    @property
    def worker(self) -> int:
        """Return the number of this rank's worker, from 1; 0 for the manager."""
        return self.comm.rank + 1 - self.managers

    @property
    def neighbours(self) -> list[int]:
        """Return the working ranks of this rank's node, itself among them if it works."""
        ranks = range(self.managers, len(self.seats))
        return [rank for rank in ranks if self.seats[rank].node == self.seat.node]

    @property
    def nodes(self) -> int:
        """Return the number of nodes."""
        return len({seat.node for seat in self.seats})

    @property
    def where(self) -> str:
        """Return where this rank is, for a person."""
        if self.worker == 0:
            return f"manager of {self.workers} workers on host {self.seat.node}"
        return f"worker {self.worker} of {self.workers} on host {self.seat.node}"

    def shape(self, threads: int) -> Triple:
        """Return the triple of this rank's node alone, counting the ranks that are there."""
        return Triple(1, len(self.neighbours), threads)
