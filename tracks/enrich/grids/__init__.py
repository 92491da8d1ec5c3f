"""Values at points from rasters: any that GDAL reads, several in order of preference, in bounded memory."""

from tracks.enrich.grids.grids import Grids

__all__ = ["Grids"]
