"""Real recordings, rewritten as OpenSky publishes its state vectors.

The PyPI package `traffic` (Olive 2019, doi:10.21105/joss.01518; MIT licence) ships recordings of the OpenSky
network as gzipped JSON in feet, knots and ft/min. They are read as data, from the installed files or the
wheel; the package is never imported, so none of its dependencies are needed.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from data_schemas.errors import InputError, did_you_mean
from data_schemas.files import complete_file
from data_schemas.tables.raw import RAW_COLUMNS
from data_schemas.task import Counts
from tracks.units import ft_min_to_ft_s, ft_to_m, kt_to_m_s

Tree: TypeAlias = Path | zipfile.Path

_REMEDY = "pip install --no-deps traffic==2.13"
_INSIDE = "traffic/data/samples"
_SUFFIX = ".json.gz"
_MARK = "trackmill"
"""Owner's name in the tar headers: tells our hour files from ones that somebody downloaded."""


def write_samples(recordings: Sequence[str], out: Path, wheel_or_folder: Path | None = None) -> Counts:
    """Write recordings as hourly `states_YYYY-MM-DD-HH.csv.tar`, each holding one `.csv.gz`.

    Values are SI with all digits, addresses in lower case, call signs padded to 8, squawks to 4 digits,
    tracks below 0 turned by 360; a column that a recording lacks stays empty. Rows of all recordings are
    merged, ordered by time, address, recording. Same recordings, same bytes; a file that is there with
    these bytes is left alone. Afterwards the folder holds the hours of these recordings and no others:
    hour files that this function wrote before are removed.

    Parameters
    ----------
    recordings
        Names of recordings (quickstart) or of groups of them (gliders).
    out
        Folder to write to, made where missing.
    wheel_or_folder
        The package as a wheel, or the folder that holds `traffic/`; without it the installed package.

    Returns
    -------
    Counts
        Rows read and written; `missing_time` are rows that belong to no hour; `made` has the hour files.

    Raises
    ------
    InputError
        The package is not installed, a name is unknown, a recording holds no aircraft, or the folder holds
        hour files that this function did not write.
    """
    found = _find_recordings(wheel_or_folder)
    names = _resolve(recordings, found)
    frames = [_read_recording(found[name]) for name in names]
    rows = pl.concat(frames)
    timed = rows.drop_nulls("time_ms").sort("time_ms", "icao24", maintain_order=True)
    hours = {_hour_name(key[0]): group for key, group in timed.group_by(pl.col("time_ms") // 3_600_000)}
    _clear(out, set(hours))
    for name, group in sorted(hours.items()):
        _write_hour(out / f"{name}.csv.tar", name, group)
    left = {"missing_time": rows.height - timed.height} if rows.height > timed.height else {}
    return Counts(rows.height, timed.height, left, {"hours": len(hours)})


def _find_recordings(wheel_or_folder: Path | None) -> dict[str, Tree]:
    """Return every recording by `group/name`."""
    root: Tree
    if wheel_or_folder is None:
        try:
            root = Path(str(importlib.metadata.distribution("traffic").locate_file(_INSIDE)))
        except importlib.metadata.PackageNotFoundError:
            raise InputError("traffic", "the package with the recordings is not installed", _REMEDY) from None
    elif wheel_or_folder.is_file():
        try:
            root = zipfile.Path(wheel_or_folder, f"{_INSIDE}/")
        except zipfile.BadZipFile:
            raise InputError(wheel_or_folder, "is not a wheel", _REMEDY) from None
    else:
        root = wheel_or_folder / _INSIDE
    groups = [folder for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []
    found = {
        f"{group.name}/{file.name.removesuffix(_SUFFIX)}": file
        for group in groups
        for file in group.iterdir()
        if file.name.endswith(_SUFFIX)
    }
    if not found:
        raise InputError(wheel_or_folder or "traffic", f"holds no recordings in {_INSIDE}", _REMEDY)
    return found


def _resolve(recordings: Sequence[str], found: Mapping[str, Tree]) -> list[str]:
    """Return the `group/name` of every recording named by itself or by its group, sorted, each once."""
    known: dict[str, list[str]] = {}
    for path in sorted(found):
        group, name = path.split("/")
        for key in {group, name, path}:
            known.setdefault(key, []).append(path)
    for wanted in recordings:
        if wanted not in known:
            names = [key for key in known if "/" not in key]
            raise InputError(wanted, "no such recording in the package traffic", did_you_mean(wanted, names))
    if not recordings:
        raise InputError("samples", "no recording is named", "name one, e.g. quickstart")
    return sorted({path for wanted in recordings for path in known[wanted]})


def _read_recording(file: Tree) -> pl.DataFrame:
    """Read one recording into the published columns, and `time_ms`."""
    try:
        tree = json.loads(gzip.decompress(file.read_bytes()))
        columns = _columns(tree)
    except (OSError, ValueError, AttributeError):
        raise InputError(file, "is not a recording in JSON", "reinstall the package traffic") from None
    lacking = [name for name in ("timestamp", "icao24", "latitude", "longitude") if name not in columns]
    if lacking:
        raise InputError(file, f"is no recording of positions: it lacks {', '.join(lacking)}", "leave it out")
    rows = next(iter(columns.values()))
    numbers = {
        name: pl.Series(convert(_numbers(columns[name])), nan_to_null=True)
        if name in columns
        else pl.Series([None] * len(rows), dtype=pl.Float64)
        for name, convert in _NUMBERS.items()
    }
    texts = {name: _texts(columns.get(name, [None] * len(rows))) for name in _TEXTS}
    return pl.DataFrame(numbers | texts).select(_as_published())


Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _as_they_are(values: Numbers) -> Numbers:
    return values


def _ms_to_s(values: Numbers) -> Numbers:
    return values / 1000


def _ft_min_to_m_s(values: Numbers) -> Numbers:
    return ft_to_m(ft_min_to_ft_s(values))


_NUMBERS: dict[str, Callable[[Numbers], Numbers]] = {
    "timestamp": _ms_to_s,
    "latitude": _as_they_are,
    "longitude": _as_they_are,
    "groundspeed": kt_to_m_s,
    "track": _as_they_are,
    "vertical_rate": _ft_min_to_m_s,
    "altitude": ft_to_m,
    "geoaltitude": ft_to_m,
    "last_position": _ms_to_s,
}
"""Numeric columns of a recording, and what brings each to SI (in NumPy: see `tracks.units`)."""
_TEXTS = ("icao24", "callsign", "onground", "alert", "spi", "squawk")


def _columns(tree: Any) -> dict[str, list[Any]]:
    """Bring both layouts, a list of records and a mapping of columns (each by row), to lists."""
    if isinstance(tree, list):
        names = dict.fromkeys(name for record in tree for name in record)
        return {name: [record.get(name) for record in tree] for name in names}
    order = list(dict.fromkeys(row for column in tree.values() for row in column))
    return {name: [column.get(row) for row in order] for name, column in tree.items()}


def _numbers(values: Sequence[Any]) -> Numbers:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _texts(values: Sequence[Any]) -> pl.Series:
    return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)


def _as_published() -> list[pl.Expr]:
    """Return the published columns out of a recording's, and `time_ms` to sort by."""
    squawk = pl.col("squawk").str.strip_suffix(".0")
    course = pl.col("track")
    missing = pl.lit(None, pl.Float64)
    columns = {
        "time_ms": (pl.col("timestamp") * 1000).round().cast(pl.Int64),
        "time": pl.col("timestamp"),
        "icao24": pl.col("icao24").str.to_lowercase(),
        "lat": pl.col("latitude"),
        "lon": pl.col("longitude"),
        "velocity": pl.col("groundspeed"),
        "heading": pl.when(course < 0).then(course % 360).otherwise(course),
        "vertrate": pl.col("vertical_rate"),
        "callsign": pl.col("callsign").str.pad_end(8),
        "squawk": pl.when(squawk.str.contains("^[0-9]+$")).then(squawk.str.zfill(4)).otherwise(squawk),
        "baroaltitude": pl.col("altitude"),
        "geoaltitude": pl.col("geoaltitude"),
        "lastposupdate": pl.col("last_position"),
        "lastcontact": missing,
    }
    flags = {
        name: pl.col(name) for name in ("onground", "alert", "spi")
    }  # str(True) is how they are published
    return [value.alias(name) for name, value in (columns | flags).items()]


def _hour_name(hour: Any) -> str:
    """Return the name of an hour given in hours since 1970."""
    start = np.datetime64(int(hour), "h")
    return f"states_{np.datetime_as_string(start, 'D')}-{int(hour) % 24:02d}"


def _write_hour(path: Path, name: str, rows: pl.DataFrame) -> None:
    if rows.select((pl.col("time_ms") % 1000 == 0).all()).item():
        rows = rows.with_columns(pl.col("time").cast(pl.Int64))  # published times are whole seconds
    content = _packed(f"{name}.csv.gz", rows.select(RAW_COLUMNS).write_csv().encode())
    if path.exists() and path.read_bytes() == content:
        return
    with complete_file(path) as part:
        part.write_bytes(content)


def _packed(member: str, text: bytes) -> bytes:
    """Pack a CSV text as the published files are, without the time of day in it."""
    inner = gzip.compress(text, compresslevel=6, mtime=0)
    facts = tarfile.TarInfo(member)
    facts.size, facts.uname, facts.gname = len(inner), _MARK, _MARK
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.addfile(facts, io.BytesIO(inner))
    return buffer.getvalue()


def _clear(out: Path, hours: set[str]) -> None:
    """Remove hour files of other recordings that this module wrote; refuse a folder with anybody else's."""
    present = sorted(out.glob("states_*.csv*")) if out.is_dir() else []
    foreign = [path for path in present if not _is_ours(path)]
    if foreign:
        problem = f"holds hour files that are not of these recordings ({foreign[0].name})"
        raise InputError(out, problem, "choose another folder")
    for path in present:
        if path.name.removesuffix(".csv.tar") not in hours:
            path.unlink()


def _is_ours(path: Path) -> bool:
    try:
        with tarfile.open(path, "r:") as tar:
            first = tar.next()
    except (tarfile.TarError, OSError):
        return False
    return first is not None and first.uname == _MARK
