"""Rasters in order of preference: the next serves the points that one has no value for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data_schemas.packaged import resolve
from data_schemas.stamps import matching, stamps
from tracks.enrich.arrays import Floats
from tracks.enrich.grids.bilinear import Lattice, interpolate
from tracks.enrich.grids.cache import TileCache
from tracks.enrich.grids.mosaic import mosaics
from tracks.enrich.grids.raster import Raster


class Grids:
    """Rasters, metres, in order of preference.

    Parameters
    ----------
    rasters
        The first that has a value at a point gives it.
    node_bytes
        Most memory for tiles that all processes of the node share; 0 for none.
    key
        What the values depend on; processes share tiles if they have the same.
    """

    def __init__(self, rasters: Sequence[Raster], node_bytes: int = 0, key: str = "") -> None:
        self.cache = TileCache(rasters, node_bytes, key)
        firsts = self.cache.first_tiles
        self._lattices = [r.lattice._replace(first_tile=t) for r, t in zip(rasters, firsts, strict=True)]

    @classmethod
    def open(cls, setting: str, names: Sequence[str], node_bytes: int = 0) -> Grids:
        """Open what a setting names; nothing but headers is read yet.

        Parameters
        ----------
        setting
            Its name, for messages.
        names
            Files that GDAL reads; folders and patterns, whose rasters become one mosaic.
        node_bytes
            Most memory for tiles that all processes of the node share; 0 for none.

        Raises
        ------
        InputError
            A file is missing, is not a raster, has no position, or is in no unit of length.
        """
        rasters = []
        for name in names:
            where, path = f"{setting}: {name}", resolve(name)
            several = matching(path)
            sources = [str(path)] if several is None else mosaics(where, path, several)
            rasters += [Raster(where, source) for source in sources]
        return cls(rasters, node_bytes, str(stamps(names)))

    def values(self, lat_deg: Floats, lon_deg: Floats) -> Floats:
        """Return the value at points, bilinear, NaN where no raster has one.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees.
        """
        value = np.empty(lat_deg.size)
        if not value.size:
            return value
        box = float(lat_deg.min()), float(lat_deg.max()), float(lon_deg.min()), float(lon_deg.max())
        missing, untouched = True, True
        for lattice in self._lattices:
            if not missing or not lattice.reaches(*box):
                continue
            if untouched:
                missing, untouched = self._interpolate(lattice, lat_deg, lon_deg, value), False
            else:
                (point,) = np.nonzero(np.isnan(value))
                part = np.empty(point.size)
                missing = self._interpolate(lattice, lat_deg[point], lon_deg[point], part)
                value[point] = part
        if untouched:
            value[:] = np.nan
        return value

    def _interpolate(self, lattice: Lattice, lat_deg: Floats, lon_deg: Floats, value: Floats) -> bool:
        """Write the values of points in one raster, NaN where it has none; return whether there is one."""
        waits, wanted = np.empty((2, lat_deg.size), np.int64)
        slots = self.cache.slots
        self.cache.now += 1
        waiting, missing = interpolate(lattice, slots, self.cache.now, lat_deg, lon_deg, value, waits, wanted)
        while waiting:
            point = waits[:waiting].copy()
            self.cache.load(np.unique(wanted[:waiting]))
            self.cache.now += 1
            part = np.empty(waiting)
            waiting, void = interpolate(
                lattice, slots, self.cache.now, lat_deg[point], lon_deg[point], part, waits, wanted
            )
            value[point] = part
            waits[:waiting] = point[waits[:waiting]]
            missing |= void
        return missing
