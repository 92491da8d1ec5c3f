"""Bins of values between cut points, without searching."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tracks.models.variables import FloatArray

Places = npt.NDArray[np.uint16]
"""Bins from 0; unsigned, since an index that cannot be negative needs no test for it."""

_CELLS = 1024  # of a grid over cut points: most hold none


class Grid(NamedTuple):
    """Cut points with a grid of equal cells over them: see `grid_over`.

    `cuts` rise, behind them NaN, which no value reaches; `first` is the number of cut points in the cells
    below each cell, and `most` the largest number in a cell; a value lies in the cell (value - low) * scale,
    in the first if that is negative, in the last if it is beyond.
    """

    cuts: FloatArray
    first: Places
    most: int
    low: float
    scale: float


def grid_over(cuts: FloatArray) -> Grid:
    """Return the grid over inner cut points, of 1024 cells.

    A value is compared with the cut points of its own cell. That is exact, whatever the rounding: the cell
    never falls while the value rises, so a cut point in a lower cell is not above the value and one in a
    higher cell is.
    """
    low, high = (float(cuts[0]), float(cuts[-1])) if len(cuts) else (0.0, 0.0)
    scale = np.divide(_CELLS - 1, high - low) if high - low > np.finfo(np.float64).tiny * _CELLS else 0.0
    cells = np.clip((cuts - low) * scale, 0, _CELLS - 1).astype(np.int64)
    first = np.searchsorted(cells, np.arange(_CELLS)).astype(np.uint16)
    most = int(np.bincount(cells, minlength=1).max())
    return Grid(np.append(cuts, np.nan), first, most, low, float(scale))


@njit(cache=True)
def fine_bins(values: npt.NDArray[np.floating], factor: float, grid: Grid, out: Places) -> None:
    """Write the bin of each value times a factor between inner cut points [a, b); NaN goes to bin 0.

    Numbers of 32 bits are compared as those of 64.
    """
    last = float(grid.first.size - 1)
    for i in range(values.size):  # a loop of its own: it is done many values at once
        cell = (factor * np.float64(values[i]) - grid.low) * grid.scale
        above = cell if cell > 0.0 else 0.0
        out[i] = np.uint16(np.int32(above if above < last else last))
    for i in range(values.size):
        out[i] = grid.first[np.uint64(out[i])]
    for _ in range(grid.most):
        for i in range(values.size):
            place = np.uint64(out[i])
            out[i] = place + np.uint64(factor * np.float64(values[i]) >= grid.cuts[place])


@njit(cache=True)
def category_bins(values: npt.NDArray[np.int8], reason: npt.NDArray[np.int8], out: Places) -> None:
    """Write the bin of each category numbered from 1, 0 where there is a reason not to count it."""
    for i in range(values.size):
        out[i] = np.uint16(values[i] - 1) if reason[i] == 0 else np.uint16(0)
