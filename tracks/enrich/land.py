"""Where there is land, of whatever country: what is not land is sea."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracks.enrich.arrays import Floats
from tracks.enrich.layers import Geometries, read_polygons
from tracks.enrich.polygons import PolygonIndex

SETTING = "enrich.land_file"

_CELL_DEG = 1 / 16


class Land:
    """Outlines of land. Lakes are land, as Natural Earth has them; bays and estuaries are sea.

    Parameters
    ----------
    outlines
        Valid polygons or multipolygons, degrees.
    """

    def __init__(self, outlines: Geometries) -> None:
        self._index = PolygonIndex(
            outlines, _CELL_DEG, np.append(np.ones(len(outlines), np.int8), np.int8(0))
        )

    @classmethod
    def read(cls, path: str) -> Land:
        """Read the polygons of any vector file that GDAL opens, such as Natural Earth's `ne_10m_land.zip`.

        Raises
        ------
        InputError
            The file cannot be read, has no polygon, or is not in degrees.
        """
        return cls(read_polygons(SETTING, path, ())[1])

    def holds(self, lat_deg: Floats, lon_deg: Floats) -> NDArray[np.bool_]:
        """Return whether each point is on land; a shore belongs to the land.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        """
        return self._index.first(lat_deg, lon_deg).view(np.bool_)
