"""Registers and leaves that the tests of this folder share."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.config import LeafSettings, RegistrySettings
from data_schemas.tables.registry import REGISTRY
from tracks.leaves import LeafIndex

ROW = dict.fromkeys(REGISTRY.names) | {"source": "TEST"}


def write_registry(path, rows):
    """Write rows (icao24, type, what else) as a registry, in the order of precedence given."""
    full = sorted((ROW | row for row in rows), key=lambda row: row["icao24"])
    pq.write_table(pa.Table.from_pylist(full, schema=REGISTRY.schema()), path)
    return path


def aircraft(address, kind="Glider", **more):
    return {"icao24": f"{address:06X}", "aircraft_type": kind} | more


def index_of(folder, rows, **settings):
    """Return the index of rows; an aircraft is expected to fly one hour a year unless told otherwise."""
    kinds = {row["aircraft_type"]: 1 for row in rows}
    leaves = LeafSettings(**({"hours_a_year": kinds, "hours_per_leaf": 200} | settings))
    return LeafIndex.load(write_registry(folder / "r.parquet", rows), RegistrySettings(leaves=leaves))


def leaf_of(index, address, year):
    code = index.leaf_codes(np.array([address], np.uint32), np.array([year], np.int16))
    return index.paths[code[0]]


def bounds(path):
    """Return the address range that a path names."""
    first, last = path.rsplit("/", 1)[1].split("_")
    return int(first, 16), int(last, 16)


def entries(paths):
    """Return the names in every folder that these paths make."""
    found = {}
    for path in paths:
        parts = path.split("/")
        for depth in range(len(parts)):
            found.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
    return found
