"""Terrain elevation from grids in order of preference (pipeline.md, stage 3, step 10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tracks.enrich.arrays import Floats
from tracks.enrich.grids import Grids
from tracks.units import m_to_ft

SETTING: Final = "enrich.elevation_grids"


class Terrain:
    """Heights of the ground above mean sea level."""

    def __init__(self, grids: Grids) -> None:
        self._grids = grids

    @classmethod
    def open(cls, names: Sequence[str], node_mb: float) -> Terrain:
        """Open the grids; nothing but their headers is read yet.

        Parameters
        ----------
        names
            Rasters, or folders or patterns of them, in order of preference.
        node_mb
            Most memory for tiles that all processes of the node share, MiB.

        Raises
        ------
        InputError
            A file is missing, is not a raster, has no position, or is in no unit of length.
        """
        return cls(Grids.open(SETTING, names, int(node_mb * 2**20)))

    def elevation_ft(self, lat_deg: Floats, lon_deg: Floats) -> Floats:
        """Return the elevation of points as the grids have it, ft MSL, NaN where none has a value.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees.
        """
        return m_to_ft(self._grids.values(lat_deg, lon_deg))
