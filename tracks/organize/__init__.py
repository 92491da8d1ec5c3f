"""Stage 1: raw hour files to one sorted Parquet an hour, every row labelled with its leaf."""

from tracks.organize.tasks import organize_tasks
from tracks.organize.work import organize_task
from tracks.raw import hour_files

__all__ = ["hour_files", "organize_task", "organize_tasks"]
