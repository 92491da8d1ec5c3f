"""Where the files of stage 3 lie: `year=<year>/aircraft_type=<type>/<leaf>.parquet` below their folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data_schemas.errors import InputError

_LAYOUT = "year=YYYY/aircraft_type=TYPE/LEAF.parquet"


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
