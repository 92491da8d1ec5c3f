"""Reading airspace volumes of class B, C and D from the files that the settings name."""

from tracks.enrich.volumes.read import SETTING, read_volumes
from tracks.enrich.volumes.volumes import CODES, Volumes

__all__ = ["CODES", "SETTING", "Volumes", "read_volumes"]
