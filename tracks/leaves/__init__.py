"""Leaves of the storage hierarchy: which address of which year lies where (pipeline.md, stages 0 and 1).

`<year>/<aircraft type>/<seats bin>/<first icao24>_<last icao24>`, at most 1000 entries in any folder. The
leaves of a folder follow each other from address 000000 to FFFFFF: type and seats tell an aircraft's folder,
its address the leaf. They are cut by the work that the year's register, or what was seen before, lets expect.
"""

from tracks.leaves.activity import count_activity
from tracks.leaves.cut import FOLDER_ENTRIES
from tracks.leaves.fixed import leaves_of_archive, leaves_of_years, write_leaves
from tracks.leaves.index import LeafIndex
from tracks.leaves.inputs import leaves_digest
from tracks.leaves.names import LEAF_FILES, overlaps
from tracks.leaves.registered import ADDRESSES, UNKNOWN, read_registry
from tracks.leaves.summary import leaf_loads, summary

__all__ = [
    "ADDRESSES",
    "FOLDER_ENTRIES",
    "LEAF_FILES",
    "UNKNOWN",
    "LeafIndex",
    "count_activity",
    "leaf_loads",
    "leaves_digest",
    "leaves_of_archive",
    "leaves_of_years",
    "overlaps",
    "read_registry",
    "summary",
    "write_leaves",
]
