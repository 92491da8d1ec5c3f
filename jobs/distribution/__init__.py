"""Distributions: which worker runs which task. Importing the package registers all of them."""

from jobs.distribution import block, cyclic, self_scheduling
from jobs.distribution.kinds import DISTRIBUTIONS, Distribution, Managed, Static

__all__ = ["DISTRIBUTIONS", "Distribution", "Managed", "Static", "block", "cyclic", "self_scheduling"]
