"""Simulated raw hours: a fleet that never flew, heard as real ones are, for work at any scale."""

from tracks.simulate.registry import write_registry
from tracks.simulate.tasks import simulate_task, simulate_tasks
from tracks.simulate.truth import true_states

__all__ = ["simulate_task", "simulate_tasks", "true_states", "write_registry"]
