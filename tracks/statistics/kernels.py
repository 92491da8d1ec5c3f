"""The loops over seconds that count them by aircraft, airspace class and layer above ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.integer]


@njit(cache=True)
def aircraft_runs(address: Keys, segment: Keys, follows: bool) -> tuple[Ints, Ints]:
    """Return where the rows of each aircraft start, then how many rows there are; and its new segments.

    Parameters
    ----------
    address, segment
        Of each row, sorted, at least one.
    follows
        Whether the first row goes on with a segment that began before.
    """
    starts, segments = np.empty(address.size + 1, np.int64), np.zeros(address.size, np.int64)
    starts[0], segments[0], count = 0, 0 if follows else 1, 1
    address1, segment1 = address[1:], segment[1:]
    for i in range(address1.size):
        if address1[i] != address[i]:
            starts[count], segments[count] = i + 1, 1
            count += 1
        elif segment1[i] != segment[i]:
            segments[count - 1] += 1
    starts[count] = address.size
    return starts[: count + 1].copy(), segments[:count].copy()


@njit(cache=True)
def count_layers(
    runs: Ints,
    airspace: npt.NDArray[np.uint8],
    agl_ft: npt.NDArray[np.floating],
    bounds_ft: tuple[float, float, float],
    left: Ints,
) -> Ints:
    """Count seconds by aircraft, airspace class and layer; those in no layer are added to `left`.

    Parameters
    ----------
    runs
        Where the rows of each aircraft start, and the number of rows.
    airspace, agl_ft
        Airspace class and altitude above ground of each row, NaN where missing.
    bounds_ft
        Floor, ceiling and thickness of the layers.
    left
        Rows without an altitude, below the floor, and from the ceiling on.

    Returns
    -------
    ndarray
        Rows of (aircraft, airspace class, layer from 0, seconds), in this order, of what was seen.
    """
    floor_ft, ceiling_ft, layer_ft = bounds_ft
    layers = int((ceiling_ft - floor_ft) / layer_ft) + 1
    seconds = np.zeros((int(airspace.max()) + 1, layers), np.int64)
    found = np.empty((agl_ft.size, 4), np.int64)
    size = 0
    for aircraft in range(runs.size - 1):
        for i in range(runs[aircraft], runs[aircraft + 1]):
            agl = np.float64(agl_ft[i])
            if agl >= floor_ft and agl < ceiling_ft:
                seconds[airspace[i], np.uint64(np.int64((agl - floor_ft) / layer_ft))] += 1
            else:
                left[0 if np.isnan(agl) else 1 if agl < floor_ft else 2] += 1
        for one in range(seconds.shape[0]):
            for layer in range(layers):
                if seconds[one, layer]:
                    found[size, 0], found[size, 1] = aircraft, one
                    found[size, 2], found[size, 3] = layer, seconds[one, layer]
                    seconds[one, layer] = 0
                    size += 1
    return found[:size].copy()
