"""Stage 4: seconds by aircraft group, airspace class and layer above ground; flight hours (pipeline.md)."""

from tracks.statistics.counter import StatisticsCounter
from tracks.statistics.sums import sum_statistics
from tracks.statistics.task import statistics_task, statistics_tasks

__all__ = ["StatisticsCounter", "statistics_task", "statistics_tasks", "sum_statistics"]
