"""Where there is land, of whatever country: what is not land is sea."""

from __future__ import annotations

import numpy as np
import pyogrio.errors
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from data_schemas.errors import InputError
from data_schemas.packaged import resolve
from tracks.enrich.cells import Floats
from tracks.enrich.geojson import Geometries, sound_polygons
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
        self._index = PolygonIndex(outlines, _CELL_DEG)

    @classmethod
    def read(cls, path: str) -> Land:
        """Read the polygons of any vector file that GDAL opens, such as Natural Earth's `ne_10m_land.zip`.

        Raises
        ------
        InputError
            The file cannot be read, has no polygon, or is not in degrees.
        """
        where = f"{SETTING}: {path}"
        try:
            about, _, wkb, _ = pyogrio.raw.read(resolve(path), columns=[], force_2d=True)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            raise InputError(where, f"cannot be read ({error})", "correct the path or unset it") from None
        shapes = shapely.from_wkb([] if wkb is None else wkb)
        outlines = shapes[shapely.get_dimensions(shapes) == 2]
        if not outlines.size:
            raise InputError(where, f"has no polygon ({about['geometry_type']})", "give a file of polygons")
        return cls(sound_polygons(where, outlines))

    def holds(self, lat_deg: Floats, lon_deg: Floats) -> NDArray[np.bool_]:
        """Return whether each point is on land; a shore belongs to the land.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        """
        return self._index.first(lat_deg, lon_deg) >= 0
