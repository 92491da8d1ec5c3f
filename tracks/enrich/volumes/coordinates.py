"""Coordinates as OpenAir files write them."""

from __future__ import annotations

import re

_SUFFIXED = r"([^NSEW]+)([NS])([^NSEW]+)([EW])"
_PREFIXED = r"([NS])([^NSEW]+)([EW])([^NSEW]+)"
_BETWEEN = re.compile(r"[\s:°º'’′\"”″,]+")
_NUMBER = re.compile(r"\d+(\.\d*)?")


def read_coordinates(text: str, count: int) -> list[tuple[float, float]]:
    """Return the points of a text as latitude and longitude, degrees.

    Hemispheres are letters, before or behind; angles are degrees, degrees and minutes, or degrees, minutes
    and seconds, the last of them with or without decimals, with colons, blanks or the signs ° ' " between,
    or without anything (`512506N 0003552E`).

    Parameters
    ----------
    text
        The points, with blanks or a comma between two.
    count
        How many points the text has.

    Raises
    ------
    ValueError
        The text is not that; the message says what was expected.
    """
    upper = text.upper()
    for pattern, order in ((_SUFFIXED, (0, 1, 2, 3)), (_PREFIXED, (1, 0, 3, 2))):
        if re.fullmatch(pattern * count, upper):
            groups = [match.groups() for match in re.finditer(pattern, upper)]
            return [_point(*(parts[place] for place in order)) for parts in groups]
    what = "a latitude and a longitude" if count == 1 else f"{count} points"
    raise ValueError(f"expected {what} with hemispheres, as 51:25:06 N 000:35:52 E")


def _point(lat: str, north: str, lon: str, east: str) -> tuple[float, float]:
    lat_deg, lon_deg = _angle_deg(lat, 2, 90), _angle_deg(lon, 3, 180)
    return (lat_deg if north == "N" else -lat_deg), (lon_deg if east == "E" else -lon_deg)


def _angle_deg(text: str, degree_digits: int, greatest: float) -> float:
    numbers = [number for number in _BETWEEN.split(text) if number]
    if len(numbers) == 1 and len(numbers[0].partition(".")[0]) > 3:
        run, _, decimals = numbers[0].partition(".")
        cuts = (run[:degree_digits], run[degree_digits : degree_digits + 2], run[degree_digits + 2 :])
        numbers = [part for part in cuts if part]
        numbers[-1] += f".{decimals}" if decimals else ""
    whole = all(_NUMBER.fullmatch(number) for number in numbers) and not any("." in n for n in numbers[:-1])
    if not whole or not 1 <= len(numbers) <= 3:
        raise ValueError(f"{text.strip()!r} is no angle, expected degrees, minutes and seconds")
    degrees, minutes, seconds = (*map(float, numbers), 0.0, 0.0)[:3]
    angle = degrees + minutes / 60 + seconds / 3600
    if minutes >= 60 or seconds >= 60 or angle > greatest:
        raise ValueError(f"{text.strip()!r} is no angle up to {greatest:g} degrees")
    return angle
