"""Which files are raw hour files, and what an hour is called."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from data_schemas.errors import InputError

FORMS: tuple[str, ...] = (".csv.tar", ".csv.gz", ".csv", ".avro", ".parquet")
"""Name endings of the published forms."""


def form(path: str | Path) -> str | None:
    """Return the ending of `FORMS` that a file's name has, or None: not an hour file."""
    name = Path(path).name
    found = next((ending for ending in FORMS if name.lower().endswith(ending)), None)
    return None if found is None or len(name) == len(found) or name.startswith(".") else found


def hour_name(path: str | Path) -> str:
    """Return the name of the hour that a file holds: its name without the ending of its form.

    >>> hour_name("raw/states_2021-10-07-12.csv.tar")
    'states_2021-10-07-12'
    """
    file, ending = Path(path), form(path)
    if ending is None:
        raise InputError(file, "not the name of a raw hour file", f"known forms: {', '.join(FORMS)}")
    return file.name[: -len(ending)]


def hour_files(inputs: Iterable[str | Path]) -> list[Path]:
    """Return the hour files among files and folders, sorted by hour.

    The subfolders of a folder count, such as the groups of `trackmill query`; files that are in no form of
    `FORMS` and what is hidden do not.

    Raises
    ------
    InputError
        A file or folder is missing, a folder holds no hour file, or a file is in no known form.
    """
    files: list[Path] = []
    for place in map(Path, inputs):
        if place.is_dir():
            found = [file for file in place.rglob("*") if form(file) and _shown(file, place)]
            if not found:
                raise InputError(place, "no raw hour files here", f"known forms: {', '.join(FORMS)}")
            files += found
        elif place.is_file():
            files.append(place)
        else:
            raise InputError(place, "no such file or folder", "name raw hour files, or folders of them")
    return sorted(files, key=lambda file: (hour_name(file), str(file)))


def _shown(file: Path, place: Path) -> bool:
    """Whether it is a file that is in no hidden folder."""
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(place).parts)
