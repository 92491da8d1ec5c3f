"""Aircraft types from the words of registers that neither code them nor name ICAO designators."""

from __future__ import annotations

import re

import polars as pl

_KINDS = (
    ("parachute|paraglid|paramot", "PoweredParachute"),
    ("glider|sailplane", "Glider"),
    ("balloon", "Balloon"),
    ("airship|dirigible|blimp", "BlimpDirigible"),
    ("gyro", "Gyroplane"),
    ("helicopter|rotorcraft", "Rotorcraft"),
    ("weight.?shift|trike", "WeightShiftControl"),
    # Fixed wing or weight shift: the word does not say which (as the designator ULAC).
    (r"micro.?light|ultra.?light|\bml[ah]\b", "Other"),
    ("drone|rpas|unmanned|ornithopter|tilt.?rotor|powered lift", "Other"),
)
"""Words and what they mean, the first that fits; from the published parsers (em-core, RUN_*acreg.m)."""

_FIXED_WING = re.compile(
    "aeroplane|airplane|amphibian|seaplane|landplane|aircraft|turbo.?(fan|prop|jet)|prop-driven"
)


def with_types_by_words(rows: pl.DataFrame, words: str, engines: str) -> pl.DataFrame:
    """Add `aircraft_type` by a text column of words and a number column of engines.

    A fixed wing with up to one engine is single, with more multi, with an unknown number `Unknown`. Words
    not known here are `Unknown`, no words are missing.
    """
    distinct = rows.select(words, engines).unique()
    types = [_type(text, count) for text, count in distinct.iter_rows()]
    found = distinct.with_columns(pl.Series("aircraft_type", types, pl.String))
    return rows.join(found, on=[words, engines], how="left", nulls_equal=True, maintain_order="left")


def _type(words: str | None, engines: int | None) -> str | None:
    if words is None:
        return None
    low = words.lower()
    for pattern, kind in _KINDS:
        if re.search(pattern, low):
            return kind
    if not _FIXED_WING.search(low) or engines is None:
        return "Unknown"
    return "FixedWingMultiEngine" if engines > 1 else "FixedWingSingleEngine"
