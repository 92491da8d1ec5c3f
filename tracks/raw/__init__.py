"""Raw hour files of every published form, read into one table in aviation units."""

from tracks.raw.hours import hour_files, hour_name
from tracks.raw.read import read_blocks, read_hour

__all__ = ["hour_files", "hour_name", "read_blocks", "read_hour"]
