"""Airspace volumes from tables of polygons: GeoJSON, shapefiles, GeoPackages in one of the known layouts."""

from __future__ import annotations

from collections import Counter

from data_schemas.errors import InputError
from tracks.enrich.layers import Layer, is_polygonal, read_layer
from tracks.enrich.volumes.layouts import LAYOUTS, FieldError, Layout, Row
from tracks.enrich.volumes.volumes import CODES, Contents, Volume


def read_table(setting: str, path: str) -> Contents:
    """Return the volumes of a file of polygons and count what is not class B, C or D.

    Parameters
    ----------
    setting, path
        As `tracks.enrich.layers.read_layer` takes them.

    Raises
    ------
    InputError
        As of `read_layer`; the fields are of no known layout, or a volume's limit cannot be read.
    """
    layer = read_layer(setting, path)
    layout, rows = _rows(layer)
    letters = [layout.letter(row) for row in rows]
    kept = [number for number, letter in enumerate(letters) if letter in CODES]
    others = Counter(letter or "without class" for letter in letters if letter not in CODES)
    outlines = layer.geometries(kept)
    polygonal = is_polygonal(outlines)
    others.update({"without polygon": int((~polygonal).sum())} if not polygonal.all() else {})
    volumes = [
        _volume(layer.where, layout, number, rows[number], letters[number], outline)
        for number, outline, usable in zip(kept, outlines, polygonal, strict=True)
        if usable
    ]
    return Contents(volumes, others)


def _rows(layer: Layer) -> tuple[Layout, list[Row]]:
    """Return the layout of a table and the fields that it reads, by name in lower case."""
    names = {name.lower(): name for name in layer.fields.column_names}
    for layout in LAYOUTS:
        if all(any(name in names for name in group) for group in layout.fields):
            wanted = [name for group in (*layout.fields, layout.optional) for name in group if name in names]
            table = layer.fields.select([names[name] for name in wanted]).rename_columns(wanted)
            return layout, table.to_pylist()
    known = "; ".join(
        f"{layout.title}: {', '.join(' or '.join(group) for group in layout.fields)}" for layout in LAYOUTS
    )
    problem = f"has the fields {', '.join(layer.fields.column_names) or 'none'}, expected those of {known}"
    raise InputError(layer.where, problem, "rename the fields or convert the file")


def _volume(where: str, layout: Layout, number: int, row: Row, letter: str, outline: object) -> Volume:
    name = str(row.get("name") or "").strip()
    here = f"{where}, feature {number + 1}" + (f" ({name})" if name else "")
    try:
        return Volume(here, name, letter, layout.floor(row), layout.ceiling(row), outline)
    except FieldError as error:
        remedy = "correct the feature or leave it out"
        raise InputError(f"{here}, {error.field}", error.problem, remedy) from None
