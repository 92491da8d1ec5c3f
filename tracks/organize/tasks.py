"""The task list of stage 1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data_schemas.errors import InputError
from data_schemas.task import Task
from tracks.raw import hour_name


def organize_tasks(raw: Sequence[Path], out: Path, settings_digest: str) -> list[Task]:
    """Return one task a raw hour file: its id is the hour's name, its output `out/<id>.parquet`.

    Parameters
    ----------
    raw
        Hour files (`hour_files` finds those of a folder).
    out
        Folder of the organized hours.
    settings_digest
        Digest of everything else that decides the output: the section `organize`, the content of its polygon
        file, the register and how leaves are cut.

    Raises
    ------
    InputError
        Two files hold the same hour, or one is missing.
    """
    tasks: dict[str, Task] = {}
    for file in raw:
        hour = hour_name(file)
        if hour in tasks:
            other = tasks[hour].inputs[0]
            raise InputError(file, f"holds the same hour as {other}", "keep one of the two")
        if not file.is_file():
            raise InputError(file, "no such file", "name raw hour files, or folders of them")
        output = str(out / f"{hour}.parquet")
        tasks[hour] = Task(hour, (str(file),), output, float(file.stat().st_size), settings_digest)
    return list(tasks.values())
