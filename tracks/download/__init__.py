"""The weekly data set of the OpenSky network: fetched, checked, and listed with where each file came from."""

from tracks.download.licences import LICENCES, accepted, licences_text, write_accepted
from tracks.download.run import Download, Outcome, Status, check_files

__all__ = [
    "LICENCES",
    "Download",
    "Outcome",
    "Status",
    "accepted",
    "check_files",
    "licences_text",
    "write_accepted",
]
