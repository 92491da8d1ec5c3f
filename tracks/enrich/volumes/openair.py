"""Airspace volumes from OpenAir text files.

The format is WinPilot's of 1998 as its users have extended it; read here as its description
(http://www.winpilot.com/UsersGuide/UserAirspace.asp) and Naviter's ("SeeYou OpenAir file format support")
have it. A record a line:

AC class
    begins a volume; B, C and D are kept. CTR, R, Q, P, GP, W, A, E, F, G ... are not.
AN name, AL floor, AH ceiling
    the limits in the notations of `tracks.enrich.volumes.limits.read_limit`.
V X=coordinates, V D=+ or V D=-
    the centre, and whether arcs run clockwise (+, at the beginning of each volume) or not.
DP coordinates
    a corner.
DA radius,start,end
    an arc about the centre, NM and true bearings in degrees.
DB coordinates,coordinates
    an arc about the centre from one point to the other.
DC radius
    a circle about the centre, NM.

A polygon closes by itself. `*` begins a comment. Other records of volumes (AT, AY, AF, AG, AI ...), styles
(S.) and terrain (T.) say nothing that is used here. An airway (DY) of class B, C or D cannot be read.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import shapely

from data_schemas.errors import InputError
from tracks.enrich.volumes.arcs import Floats, Point, arc, arc_between, circle
from tracks.enrich.volumes.coordinates import read_coordinates
from tracks.enrich.volumes.limits import Limit, read_limit
from tracks.enrich.volumes.volumes import CODES, Contents, Volume

SUFFIXES = (".txt", ".openair", ".air")

_RECORD = re.compile(r"(A[A-Z0-9]|S[A-Z]|T[A-Z]|V|D[PABCY])(?![A-Z])\s*(.*)", re.IGNORECASE)
_VARIABLE = re.compile(r"([A-Z])\s*=\s*(.*)", re.IGNORECASE)
_LIMIT = "expected GND, FL95, 2500ft MSL, 1000ft AGL, 450m, UNL or the like"
_REMEDY = "correct the line or leave the volume out"


def is_openair(file: Path) -> bool:
    """Tell whether a file is OpenAir: by its suffix, or because it begins with a comment or a class."""
    if file.suffix.lower() in SUFFIXES:
        return True
    with file.open("rb") as start:
        return re.match(rb"(\xef\xbb\xbf)?\s*(\*|AC\s)", start.read(1024)) is not None


def read_openair(where: str, file: Path) -> Contents:
    """Return the volumes of an OpenAir file and count what is not class B, C or D.

    Parameters
    ----------
    where
        Setting and file, for messages.
    file
        The file, in UTF-8 or else in Windows-1252, which holds Latin-1.

    Raises
    ------
    InputError
        A line cannot be read, or a volume lacks a limit or an outline.
    """
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    volumes: list[Volume] = []
    others: Counter[str] = Counter()
    current: _Volume | None = None
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("*")[0].strip()
        if not said:
            continue
        here = f"{where}, line {number}"
        record = _RECORD.fullmatch(said)
        if record is None:
            raise InputError(
                here, f"{said[:40]!r} is no OpenAir record", "correct the line or comment it out (*)"
            )
        kind, rest = record[1].upper(), record[2].strip()
        if kind == "AC" or kind.startswith("T"):
            volumes += [current.finished()] if current else []
            letter = (rest.upper() or "without class") if kind == "AC" else "terrain"
            current = _Volume(here, letter) if letter in CODES else None
            others.update([letter] if letter not in CODES else [])
        elif current is not None:
            try:
                current.take(kind, rest)
            except ValueError as error:
                raise InputError(here, f"{said[:60]!r}: {error}", _REMEDY) from None
        elif not others and kind[0] != "S":
            raise InputError(here, f"{said[:40]!r} stands before the first volume", "begin with AC")
    volumes += [current.finished()] if current else []
    if not volumes and not others:
        raise InputError(where, "has no volume", "give an OpenAir file")
    return Contents(volumes, others)


class _Volume:
    """A volume while its records are read; what cannot be is a ValueError."""

    def __init__(self, where: str, letter: str) -> None:
        self._where = where
        self._letter = letter
        self._name = ""
        self._limits: dict[str, Limit] = {}
        self._centre: Point | None = None
        self._clockwise = True
        self._corners: list[Floats] = []
        self._circles: list[Floats] = []

    def take(self, kind: str, rest: str) -> None:
        """Take in one record."""
        if kind == "AN":
            self._name = rest
        elif kind in {"AL", "AH"}:
            try:
                self._limits[kind] = read_limit(rest)
            except ValueError:
                raise ValueError(_LIMIT) from None
        elif kind == "V":
            self._set(rest)
        elif kind == "DP":
            self._corners.append(np.array(read_coordinates(rest, 1))[:, ::-1])
        elif kind == "DB":
            start, end = read_coordinates(rest, 2)
            self._corners.append(arc_between(self._about(), start, end, clockwise=self._clockwise))
        elif kind == "DA":
            radius, start_deg, end_deg = _numbers(rest, 3, "a radius and two bearings")
            points = arc(self._about(), radius, start_deg, end_deg, clockwise=self._clockwise)
            self._corners.append(points)
        elif kind == "DC":
            (radius,) = _numbers(rest, 1, "a radius")
            self._circles.append(circle(self._about(), radius))
        elif kind == "DY":
            raise ValueError("airways are not read, expected DP, DA, DB or DC")

    def finished(self) -> Volume:
        """Return the volume.

        Raises
        ------
        InputError
            A limit or the outline is missing.
        """
        here = f"{self._where} ({self._name})" if self._name else self._where
        for kind, what in (("AL", "floor"), ("AH", "ceiling")):
            if kind not in self._limits:
                raise InputError(here, f"the volume has no {what} ({kind})", _REMEDY)
        rings = list(self._circles)
        if self._corners:
            corners = np.concatenate(self._corners)
            if len(np.unique(corners, axis=0)) < 3:
                problem = "the volume has fewer than three corners (DP, DA, DB) and no circle (DC)"
                raise InputError(here, problem, _REMEDY)
            rings.append(np.concatenate([corners, corners[:1]]))
        if not rings:
            raise InputError(here, "the volume has no outline (DP, DA, DB, DC)", _REMEDY)
        outline = shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings])
        return Volume(here, self._name, self._letter, self._limits["AL"], self._limits["AH"], outline)

    def _set(self, rest: str) -> None:
        variable = _VARIABLE.fullmatch(rest)
        if variable is None:
            raise ValueError("expected a variable, as V D=-")
        name, value = variable[1].upper(), variable[2].strip()
        if name == "X":
            (self._centre,) = read_coordinates(value, 1)
        elif name == "D":
            if value not in {"+", "-"}:
                raise ValueError("expected + (clockwise) or -")
            self._clockwise = value == "+"

    def _about(self) -> Point:
        if self._centre is None:
            raise ValueError("expected a centre before it (V X=)")
        return self._centre


def _numbers(text: str, count: int, what: str) -> list[float]:
    """Return the numbers of a record, the first of them a radius, NM."""
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(np.isfinite(numbers)) or not 0 < numbers[0] < 1000:
        raise ValueError(f"expected {what}, NM and degrees, with commas between")
    return numbers
