"""Stage 2: all hours of a leaf merged into one Parquet file."""

from tracks.archive.tasks import archive_tasks, leaves_and_tasks, remove_empty, span
from tracks.archive.work import archive_task, archived_leaves

__all__ = [
    "archive_task",
    "archive_tasks",
    "archived_leaves",
    "leaves_and_tasks",
    "remove_empty",
    "span",
]
