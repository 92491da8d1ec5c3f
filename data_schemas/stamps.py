"""The files that a setting's name stands for, and their state, for telling whether a result is stale."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from data_schemas.packaged import resolve

Stamp = tuple[str, int, int]
"""A file's path, size and time of last change [ns]."""

_PATTERN = frozenset("*?[")


def stamps(names: Iterable[str]) -> tuple[Stamp, ...]:
    """Return the state of every file that settings name; of one that does not exist, nothing.

    A name stands for its file and those beside it that differ in the ending alone (.hdr, .dbf, .prj), for
    all files of its folder, for those that match its pattern, and for the sources of a GDAL mosaic (.vrt).

    Parameters
    ----------
    names
        Paths, patterns with `*`, `?` and `[`, or names with a prefix that `resolve` knows.
    """
    found = (file for name in names for file in _behind(resolve(name)))
    states = [(str(file), file.stat()) for file in dict.fromkeys(found) if file.is_file()]
    return tuple((name, facts.st_size, facts.st_mtime_ns) for name, facts in states)


def matching(path: Path) -> list[Path] | None:
    """Return the files below a folder or those that match a pattern, sorted; None if it is neither."""
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    if _PATTERN.isdisjoint(str(path)) or path.exists():
        return None
    return sorted(Path(file) for file in glob.glob(str(path), recursive=True))  # noqa: PTH207  may be absolute


def _behind(path: Path) -> Iterator[Path]:
    several = matching(path)
    if several is not None:
        yield from several
        return
    yield path
    yield from sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    if path.suffix.lower() == ".vrt" and path.is_file():
        yield from _sources(path)


def _sources(mosaic: Path) -> Iterator[Path]:
    """Yield the files that a GDAL mosaic is put together from; one that is no XML has none."""
    try:
        tree = ET.parse(mosaic)
    except ET.ParseError:
        return
    for source in tree.iter("SourceFilename"):
        beside = source.get("relativeToVRT") == "1"
        yield mosaic.parent / (source.text or "") if beside else Path(source.text or "")
