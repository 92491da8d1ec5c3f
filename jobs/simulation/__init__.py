"""A discrete-event model of a run: task times, distribution and costs of launching in, job time out."""

from jobs.simulation.costs import LaunchCosts, Ranks
from jobs.simulation.model import Prediction, predict

__all__ = ["LaunchCosts", "Prediction", "Ranks", "predict"]
