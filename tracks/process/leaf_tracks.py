"""Observations of a leaf, cleaned some whole aircraft at a time: stage 3 without its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from data_schemas.config import ProcessSettings
from tracks.enrich import Enrichment
from tracks.heap import keep_freed_memory
from tracks.process.leaf import CleanLeaf, clean_leaf
from tracks.process.observations import LeafObservations


def clean_pieces(
    observed: Iterable[LeafObservations],
    settings: ProcessSettings,
    enrichment: Enrichment,
    aircraft_type: str,
) -> Iterator[tuple[pa.StringArray, CleanLeaf]]:
    """Clean a leaf; geometric altitudes are above the sea by then, if a geoid is set.

    Parameters
    ----------
    observed
        Observations of the leaf, whole aircraft each time.
    settings, enrichment
        Constants of every step, and the outside data.
    aircraft_type
        Of the leaf.

    Yields
    ------
    tuple
        The addresses of each piece, and what is left of it.
    """
    keep_freed_memory()
    for piece in observed:
        # Before any altitude is tested: floor and ceiling are above mean sea level.
        above_sea_ft = enrichment.above_sea_ft(piece.lat_deg, piece.lon_deg, piece.alt_geo_ft)
        rows = piece.with_alt_geo(above_sea_ft)
        yield rows.icao24, clean_leaf(rows, settings, aircraft_type)
