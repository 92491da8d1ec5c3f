"""The geoid: mean sea level as a height above the ellipsoid, which geometric altitudes are reported above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from tracks.enrich.arrays import Floats
from tracks.enrich.grids import Grids
from tracks.units import m_to_ft

SETTING: Final = "enrich.geoid_grids"


class Geoid:
    """Heights N of the geoid above the WGS-84 ellipsoid; H = h - N is a height above mean sea level.

    Bilinear in the grids, as PROJ does it. The packaged 15' grid of EGM96 is within 0.06 m of the six values
    that the NGA publishes with the model.
    """

    def __init__(self, grids: Grids) -> None:
        self._grids = grids

    @classmethod
    def open(cls, names: Sequence[str]) -> Geoid:
        """Open the grids, in order of preference; nothing but their headers is read yet.

        Raises
        ------
        InputError
            A file is missing, is not a raster, has no position, or is in no unit of length.
        """
        return cls(Grids.open(SETTING, names))

    def undulation_ft(self, lat_deg: Floats, lon_deg: Floats) -> Floats:
        """Return N at points, ft, NaN where no grid has a value.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees.
        """
        return m_to_ft(self._grids.values(lat_deg, lon_deg))

    def above_sea_ft(self, lat_deg: Floats, lon_deg: Floats, alt_ft: Floats) -> Floats:
        """Return heights above mean sea level of altitudes above the ellipsoid, ft.

        An altitude of exactly 0 stays 0: receivers write it for none. Where no grid has a value the height
        is NaN, as if the altitude were missing: what is above the ellipsoid must not pass for above the sea.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees.
        alt_ft
            Geometric altitudes as reported, ft above the WGS-84 ellipsoid; NaN where missing.
        """
        return np.where(alt_ft == 0, 0.0, alt_ft - self.undulation_ft(lat_deg, lon_deg))
