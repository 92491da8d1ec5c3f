"""Stages 3 to 5, or 2 to 5, in one pass over a leaf: nothing is written for the next stage to read."""

from tracks.fuse.counts import of_stage
from tracks.fuse.files import FusedFolder, leaves_in
from tracks.fuse.task import Pass, fused_task
from tracks.fuse.tasks import passes_from_archive, passes_from_process

__all__ = [
    "FusedFolder",
    "Pass",
    "fused_task",
    "leaves_in",
    "of_stage",
    "passes_from_archive",
    "passes_from_process",
]
