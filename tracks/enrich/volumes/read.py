"""Airspace volumes from the files that the settings name, of whatever kind they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from data_schemas.errors import InputError
from data_schemas.packaged import resolve
from tracks.enrich.layers import Geometries
from tracks.enrich.volumes.openair import is_openair, read_openair
from tracks.enrich.volumes.outlines import OutlineError, whole
from tracks.enrich.volumes.tables import read_table
from tracks.enrich.volumes.volumes import Contents, Volume, Volumes, collect

SETTING = "enrich.airspace_files"


def read_volumes(paths: Sequence[str]) -> Volumes:
    """Return the volumes of class B, C and D of files; those of other classes are counted, not kept.

    The kind of a file shows in its content: OpenAir text (`tracks.enrich.volumes.openair`), or polygons in
    GeoJSON, a shapefile or a GeoPackage, zipped or not, in the layout of the FAA, of openAIP or with plain
    names (`tracks.enrich.volumes.layouts`). Outlines are made whole as `tracks.enrich.volumes.outlines`
    says.

    Parameters
    ----------
    paths
        The files; `package:NAME` is one the package ships.

    Raises
    ------
    InputError
        A file cannot be read, or a volume of class B, C or D lacks a limit or an outline that makes sense.
        The line names the setting, the file, the feature or line in it and the field.
    """
    volumes: list[Volume] = []
    outlines: list[object] = []
    notes: list[str] = []
    for path in paths:
        contents = _contents(path)
        mended = 0
        for volume in contents.volumes:
            _check_limits(volume)
            outline, was_mended = _outline(volume)
            outlines.append(outline)
            mended += was_mended
        volumes += contents.volumes
        notes.append(_note(path, contents, mended))
    return collect(volumes, _as_array(outlines), notes)


def _contents(path: str) -> Contents:
    file = resolve(path)
    if file.is_file() and is_openair(file):
        return read_openair(f"{SETTING}: {path}", file)
    return read_table(SETTING, path)


def _check_limits(volume: Volume) -> None:
    floor, ceiling = volume.floor.as_floor(), volume.ceiling
    if (ceiling.agl == floor.agl and ceiling.ft < floor.ft) or (ceiling.agl and ceiling.ft <= 0):
        problem = f"has its ceiling ({ceiling.ft:g} ft) below its floor ({volume.floor.ft:g} ft)"
        raise InputError(volume.where, problem, "correct the limits or leave the volume out")
    if math.isinf(volume.floor.ft):
        raise InputError(volume.where, "has an unlimited floor", "correct the floor or leave the volume out")


def _outline(volume: Volume) -> tuple[object, bool]:
    try:
        return whole(volume.outline)
    except OutlineError as error:
        raise InputError(volume.where, f"has an outline that {error}", "correct it or leave it out") from None


def _as_array(outlines: list[object]) -> Geometries:
    array = np.empty(len(outlines), object)
    array[:] = outlines
    return array


def _note(path: str, contents: Contents, mended: int) -> str:
    said = f"airspace, {path}: volumes of class B, C and D: {len(contents.volumes):,}"
    if contents.others:
        left = ", ".join(f"{count:,} {what}" for what, count in sorted(contents.others.items()))
        said += f"; not kept: {left}"
    return said + (f"; outlines mended: {mended:,}" if mended else "")
