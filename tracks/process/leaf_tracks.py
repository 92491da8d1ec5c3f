"""Observations of a leaf to its 1 Hz tracks, some whole aircraft at a time: stage 3 without its files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import pyarrow as pa

from data_schemas.config import ProcessSettings
from data_schemas.task import Counts
from tracks.enrich import Enrichment
from tracks.process.leaf import CleanLeaf, clean_leaf
from tracks.process.observations import LeafObservations
from tracks.process.table import tracks_table


def track_tables(
    observed: Iterable[LeafObservations],
    settings: ProcessSettings,
    enrichment: Enrichment,
    aircraft_type: str,
    wanted: Collection[str] | None = None,
) -> Iterator[tuple[Counts, Iterator[pa.Table]]]:
    """Clean and enrich a leaf.

    Parameters
    ----------
    observed
        Observations of the leaf, whole aircraft each time.
    settings, enrichment
        Constants of every step, and the outside data.
    aircraft_type
        Of the leaf.
    wanted
        Names of the columns to make; all if not given.

    Yields
    ------
    tuple
        For each piece of the observations what became of them (see `process_task`), and their seconds in the
        schema of the tracks, some at a time; they must be taken before the next piece is asked for.
    """
    for piece in observed:
        # Before any altitude is tested: floor and ceiling are above mean sea level.
        above_sea_ft = enrichment.above_sea_ft(piece.lat_deg, piece.lon_deg, piece.alt_geo_ft)
        rows = piece.with_alt_geo(above_sea_ft)
        leaf = clean_leaf(rows, settings, aircraft_type)
        yield leaf.counts(), _tables(leaf, rows.icao24, settings, enrichment, wanted)


def _tables(
    leaf: CleanLeaf,
    icao24: pa.StringArray,
    settings: ProcessSettings,
    enrichment: Enrichment,
    wanted: Collection[str] | None,
) -> Iterator[pa.Table]:
    for seconds in leaf.tracks():
        yield tracks_table(seconds, icao24, settings, enrichment, wanted)
