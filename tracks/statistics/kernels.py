"""The loops over seconds that count them by aircraft group, airspace class and layer above ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.int32]


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
    slots: Ints,
    airspace: npt.NDArray[np.uint8],
    agl_ft: npt.NDArray[np.float32],
    bounds_ft: tuple[float, float, float],
    layers: Ints,
    left: Ints,
) -> None:
    """Add seconds to the counts of layers, those in no layer to `left`.

    Parameters
    ----------
    runs, slots
        Where the rows of each aircraft start, and the end of the last; and the slot of its group.
    airspace, agl_ft
        Airspace class and altitude above ground of each row, NaN where missing.
    bounds_ft
        Floor, ceiling and thickness of the layers.
    layers
        Seconds, shape (slots, airspace classes from 0, layers).
    left
        Rows without an altitude, below the floor, and from the ceiling on.
    """
    floor_ft, ceiling_ft, layer_ft = bounds_ft
    for k in range(slots.size):
        seconds = layers[slots[k]]
        for i in range(runs[k], runs[k + 1]):
            agl = np.float64(agl_ft[i])
            if agl >= floor_ft and agl < ceiling_ft:
                seconds[np.uint64(airspace[i]), np.uint64(np.int64((agl - floor_ft) / layer_ft))] += 1
            else:
                left[0 if np.isnan(agl) else 1 if agl < floor_ft else 2] += 1
