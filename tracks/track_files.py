"""Where the files of stage 3 lie below their folder: by year and aircraft type, one a leaf."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError

_LAYOUT = "year=YYYY/aircraft_type=TYPE/SEATS_FIRST_LAST.parquet"


@dataclass(frozen=True)
class TrackFile:
    """One leaf of tracks: its file, and the year and aircraft type that its folders name."""

    path: Path
    year: int
    aircraft_type: str

    @property
    def name(self) -> str:
        """Year, type and leaf, with slashes between."""
        return f"{self.year}/{self.aircraft_type}/{self.path.stem}"

    @property
    def leaf(self) -> str:
        """Path of the leaf in the storage hierarchy: year, type, seats bin, first and last address.

        Raises
        ------
        InputError
            The file's name is not <seats bin>_<first>_<last>.
        """
        parts = self.path.stem.rsplit("_", 2)
        if len(parts) != 3:
            raise InputError(self.path, f"not a track file, expected {_LAYOUT}", "process the leaf anew")
        seats, first, last = parts
        return f"{self.year}/{self.aircraft_type}/{seats}/{first}_{last}"

    @classmethod
    def of_leaf(cls, tracks: Path, leaf: str) -> TrackFile:
        """Return the track file, below a folder of tracks, of a leaf given by its path in the hierarchy."""
        year, aircraft_type, seats, addresses = leaf.split("/")
        folder = tracks / f"year={year}" / f"aircraft_type={aircraft_type}"
        return cls(folder / f"{seats}_{addresses}.parquet", int(year), aircraft_type)

    @classmethod
    def at(cls, path: Path) -> TrackFile:
        """Return the track file at a path.

        Raises
        ------
        InputError
            The folders do not name a year and a type.
        """
        (kind, aircraft_type), (unit, year) = (
            folder.name.partition("=")[::2] for folder in (path.parent, path.parent.parent)
        )
        if (unit, kind) != ("year", "aircraft_type") or not year.isdecimal() or not aircraft_type:
            raise InputError(
                path, f"not a track file, expected {_LAYOUT}", "give the folder of stage process"
            )
        return cls(path, int(year), aircraft_type)


def find_track_files(tracks: Path) -> list[TrackFile]:
    """Return all track files below a folder, sorted by path; files half written are not among them.

    Raises
    ------
    InputError
        There is none, or a Parquet file lies elsewhere than the layout has it.
    """
    paths = sorted(tracks.rglob("[!.]*.parquet"))
    if not paths:
        raise InputError(tracks, f"holds no tracks ({_LAYOUT})", "give the folder of stage process")
    return [TrackFile.at(path) for path in paths]


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a Parquet file; raise `InputError` where it is missing or damaged."""
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError:
        raise InputError(path, "no such file", "run the stage before again") from None
    except (pa.ArrowException, OSError) as error:
        text = " ".join(str(error).split())
        raise InputError(path, f"not a Parquet file ({text})", "remove it and make it anew") from None
