"""Which files a download fetches, and where each may lie."""

from __future__ import annotations

from dataclasses import dataclass

from data_schemas.config import DownloadSettings
from data_schemas.days import parse_hours, parse_mondays


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the weekly data set.

    Attributes
    ----------
    day
        The day (UTC), YYYY-MM-DD.
    name
        Name of its file.
    addresses
        Where the file may lie, in the order in which they are tried.
    """

    day: str
    name: str
    addresses: tuple[str, ...]


def wanted_hours(settings: DownloadSettings) -> list[Hour]:
    """Return the hours that the settings select, in order of time; none where they name no Mondays."""
    if not settings.wanted:
        return []
    hours = parse_hours(settings.hours)
    return [
        _hour(settings, day.isoformat(), hour) for day in parse_mondays(settings.mondays) for hour in hours
    ]


def _hour(settings: DownloadSettings, day: str, hour: int) -> Hour:
    addresses = tuple(
        address.replace("{day}", day).replace("{hour}", f"{hour:02d}") for address in settings.addresses
    )
    return Hour(day, addresses[0].rpartition("/")[2], addresses)
