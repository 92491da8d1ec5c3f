"""Bilinear interpolation of many points in the tiles of a grid: the one loop over points."""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from tracks.enrich.arrays import Floats, Integers

_BITS: Final = 8
TILE: Final = 1 << _BITS
"""Rows and columns of a tile, a power of 2. It holds one more of each, so that no point needs two tiles."""
VOID: Final = -32768
"""No value, in a tile of whole metres; a tile of fractions has NaN."""
_EDGE: Final = 0.5 + 1e-6
"""How far beyond the outer centres, in cells, a point still counts as on the grid: to the cells' edge."""
_ON_CENTRE: Final = 1e-9
"""Nearer to a row or column of centres than this, in cells, is on it: rounding makes no weight."""

Kind = np.dtype[np.int16] | np.dtype[np.float32]
"""Type of the values of tiles: whole metres or fractions."""
Tiles = NDArray[np.int16] | NDArray[np.float32]


class Lattice(NamedTuple):
    """Where the cell centres of a grid are, and which tiles are its.

    Attributes
    ----------
    west_deg, top_deg
        The first cell's centre.
    column_deg, row_deg
        Steps to the next column (> 0) and row (< 0 where the first row is the northern one).
    rows, columns
        Cells.
    around
        Columns around the globe where the grid has them all, else 0.
    tiles_across
        Tiles in a row of tiles.
    first_tile
        Number of the grid's first tile.
    """

    west_deg: float
    top_deg: float
    column_deg: float
    row_deg: float
    rows: int
    columns: int
    around: int
    tiles_across: int
    first_tile: int

    def reaches(self, south_deg: float, north_deg: float, west_deg: float, east_deg: float) -> bool:
        """Return whether the grid may have points of a box (true if a side is not a number)."""
        height_deg, width_deg = abs(self.row_deg), self.column_deg
        ends_deg = self.top_deg, self.top_deg + (self.rows - 1) * self.row_deg
        if north_deg < min(ends_deg) - height_deg or south_deg > max(ends_deg) + height_deg:
            return False
        left_deg, right_deg = self.west_deg - width_deg, self.west_deg + self.columns * width_deg
        apart = [
            west_deg + turn > right_deg or east_deg + turn < left_deg for turn in (-720, -360, 0, 360, 720)
        ]
        return self.around > 0 or not all(apart)


class Slots(NamedTuple):
    """Where the tiles are: slots of two pools, those that a node's processes share and the process's own.

    Attributes
    ----------
    slot_of
        Slot of each tile, counted through both pools, -1 where the tile is in none.
    shared, own
        Values, shape (slots, TILE + 1, TILE + 1).
    used
        When each slot of `own` was last looked at.
    """

    slot_of: NDArray[np.int32]
    shared: Tiles
    own: Tiles
    used: Integers


@numba.njit(cache=True, error_model="numpy")
def interpolate(
    lattice: Lattice,
    slots: Slots,
    now: int,
    lat_deg: Floats,
    lon_deg: Floats,
    value: Floats,
    waits: Integers,
    wanted: Integers,
) -> tuple[int, bool]:
    """Write the values of points, interpolated between the four nearest cell centres, into `value`.

    In the outer half of an edge cell, where there is no centre on one side, the edge holds. A point off the
    grid, or of which one of the four (with a weight above 0) has no value, becomes NaN.

    Parameters
    ----------
    now
        Written into `slots.used`.
    waits, wanted
        As long as the points; overwritten, at the start, with the points whose tile is in no slot, and with
        their tiles. Their values are NaN for now.

    Returns
    -------
    waiting, missing
        How many points wait for their tile, and whether another has no value.
    """
    waiting, missing = 0, False
    slot_of, shared, own, used = slots  # numba counts references at each look into the tuple
    lowest, rightmost = float(lattice.rows - 1), float(lattice.columns - 1)
    turn = float(lattice.around) if lattice.around else 360 / lattice.column_deg
    slack, beyond = (0.0, turn) if lattice.around else (_EDGE, rightmost + _EDGE)
    # The corners of the point before, and the cell whose centre is the first of them.
    a = b = c = d = 0.0
    cell_upper, cell_left = -1, -1
    for i in range(lat_deg.size):
        value[i] = np.nan
        row = (lat_deg[i] - lattice.top_deg) / lattice.row_deg
        column = (lon_deg[i] - lattice.west_deg) / lattice.column_deg
        if not (-slack <= column < turn - slack):
            column -= turn * np.floor((column + slack) / turn)
        if not (-_EDGE <= row <= lowest + _EDGE and column <= beyond):  # nor if one is not a number
            missing = True
            continue
        if not lattice.around:
            column = min(max(column, 0.0), rightmost)
        row = min(max(row, 0.0), lowest)
        upper, left = int(row), int(column)
        down, right = row - upper, column - left
        if down > 1 - _ON_CENTRE:
            upper, down = upper + 1, 0.0
        if right > 1 - _ON_CENTRE:
            left, right = left + 1, 0.0
        left -= lattice.around if lattice.around and left >= lattice.around else 0
        between = down > _ON_CENTRE and right > _ON_CENTRE
        if not (between and upper == cell_upper and left == cell_left):
            number = lattice.first_tile + (upper >> _BITS) * lattice.tiles_across + (left >> _BITS)
            slot = slot_of[number]
            if slot < 0:
                waits[waiting], wanted[waiting] = i, number
                waiting += 1
                continue
            cell_upper, cell_left = (upper, left) if between else (-1, -1)
            upper, left = upper & (TILE - 1), left & (TILE - 1)
            lower, beside = upper + (down > _ON_CENTRE), left + (right > _ON_CENTRE)
            mine = slot - shared.shape[0]
            if mine < 0:
                a, b, c, d = _corners(shared, slot, upper, lower, left, beside)
            else:
                a, b, c, d = _corners(own, mine, upper, lower, left, beside)
                used[mine] = now
        if a > VOID and b > VOID and c > VOID and d > VOID:  # NaN is not above it either
            top, bottom = a + (b - a) * right, c + (d - c) * right
            value[i] = top + (bottom - top) * down
        else:
            missing = True
    return waiting, missing


@numba.njit(cache=True)
def _corners(tiles, slot, upper, lower, left, right):  # type: ignore[no-untyped-def]
    """Return four values of a tile, upper left, upper right, lower left, lower right."""
    return (
        float(tiles[slot, upper, left]),
        float(tiles[slot, upper, right]),
        float(tiles[slot, lower, left]),
        float(tiles[slot, lower, right]),
    )
