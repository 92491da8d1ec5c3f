"""Stage 2: all hours of a leaf merged into one Parquet file."""

from tracks.archive.tasks import archive_tasks, remove_empty
from tracks.archive.work import archive_task

__all__ = ["archive_task", "archive_tasks", "remove_empty"]
