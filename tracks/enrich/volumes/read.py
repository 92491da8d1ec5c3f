"""Airspace volumes from GeoJSON files of polygons with CLASS, floor_ft_msl and ceiling_ft_msl."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_schemas.errors import InputError
from tracks.enrich.geojson import read_polygons
from tracks.enrich.volumes.volumes import CODES, Volumes

SETTING = "enrich.airspace_files"


def read_volumes(paths: Sequence[str]) -> Volumes:
    """Return the volumes of class B, C and D of GeoJSON files; those of other classes are not kept.

    Parameters
    ----------
    paths
        The files; `package:NAME` is one the package ships.

    Raises
    ------
    InputError
        A file cannot be read, or a limit is not a number.
    """
    codes: list[int] = []
    limits: list[tuple[float, float]] = []
    outlines: list[Any] = []
    names: list[str] = []
    for path in paths:
        properties, geometries = read_polygons(SETTING, path, ("CLASS", "floor_ft_msl", "ceiling_ft_msl"))
        for number, (about, geometry) in enumerate(zip(properties, geometries, strict=True), 1):
            if about["CLASS"] in CODES:
                floor, ceiling = (
                    _limit_ft(about[name], f"{SETTING}: {path}, polygon {number}, {name}")
                    for name in ("floor_ft_msl", "ceiling_ft_msl")
                )
                codes.append(CODES[about["CLASS"]])
                limits.append((floor, ceiling))
                outlines.append(geometry)
                names.append(str(about.get("NAME", "")))
    floors, ceilings = np.array(limits, np.float64).reshape(-1, 2).T
    return Volumes(
        np.array(outlines, object),
        np.array(codes, np.int8),
        floors,
        ceilings,
        np.zeros(len(codes), bool),
        np.zeros(len(codes), bool),
        tuple(names),
    )


def _limit_ft(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise InputError(where, f"is {value!r}, expected feet", "convert it to a number of feet MSL")
    return float(value)
