"""How long does reading airspace volumes take, from which kind of file? The same volumes in each.

    python bench/airspace_read.py [--times 40]

The shipped volumes of California with copies of them as class E, which is most of the FAA's Class_Airspace
and is not kept: written as GeoJSON, shapefile, zipped shapefile and GeoPackage, and read.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pyogrio.raw

from tracks.enrich.layers import read_layer
from tracks.enrich.volumes import read_volumes


def write(path: Path, copies: int) -> None:
    layer = read_layer("bench", "package:class_bcd_california.geojson")
    columns = {
        name: layer.fields.column(name).to_pylist() * (copies + 1) for name in layer.fields.column_names
    }
    kept = layer.fields.num_rows
    columns["CLASS"][kept:] = ["E"] * (kept * copies)
    pyogrio.raw.write(
        path,
        np.tile(layer.encoded, copies + 1),
        field_data=[np.array(values) for values in columns.values()],
        fields=list(columns),
        geometry_type="Polygon",
        crs="EPSG:4269",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=40, help="class E volumes for each volume of B, C and D")
    copies = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("geojson", "shp", "gpkg"):
            write(Path(folder) / f"Class_Airspace.{kind}", copies)
        with zipfile.ZipFile(Path(folder) / "Class_Airspace.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for suffix in ("shp", "shx", "dbf", "prj"):
                archive.write(Path(folder) / f"Class_Airspace.{suffix}", f"Class_Airspace.{suffix}")
        for kind in ("geojson", "shp", "zip", "gpkg"):
            path = Path(folder) / f"Class_Airspace.{kind}"
            start = time.perf_counter()
            volumes = read_volumes([str(path)])
            seconds = time.perf_counter() - start
            size_mb = path.stat().st_size / 1e6
            print(f"{kind:8} {size_mb:6.1f} MB {seconds:6.2f} s  {volumes.notes[0].partition(': ')[2]}")


if __name__ == "__main__":
    main()
