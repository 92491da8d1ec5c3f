"""Distributions: which worker runs which task. Importing the package registers all of them."""

from jobs.distribution import block, cyclic, factoring, fixed, guided, lpt
from jobs.distribution.kinds import DISTRIBUTIONS, Distribution, Dynamic, Source, Static, spans

__all__ = [
    "DISTRIBUTIONS",
    "Distribution",
    "Dynamic",
    "Source",
    "Static",
    "block",
    "cyclic",
    "factoring",
    "fixed",
    "guided",
    "lpt",
    "spans",
]
