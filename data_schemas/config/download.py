"""Section of the download: which hours of OpenSky's weekly data set are fetched, from where, how politely."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator

from data_schemas.config.section import Section
from data_schemas.days import parse_hours, parse_mondays
from data_schemas.errors import InputError

_PUBLISHED = "https://s3.opensky-network.org/data-samples/states"
_HOUR = "{day}/{hour}/states_{day}-{hour}.csv.tar"
_FORMS = (".csv.tar", ".csv.gz")


def _text(value: object) -> object:
    """Return what YAML reads as a number or a date (2018, 2018-06-04) as the text it was."""
    return str(value) if isinstance(value, int | date) and not isinstance(value, bool) else value


Days = Annotated[str, BeforeValidator(_text)]


class DownloadSettings(Section):
    """What `trackmill download` fetches; a data set with `mondays` has its raw hours fetched first."""

    mondays: Days = ""
    """Mondays to fetch: years, months or days, ranges of two with .. and commas between, such as 2018..2020
    or 2018-06-04..2018-07-30. Days in the range that are no Monday are passed over. Empty: nothing."""
    hours: Days = "0..23"
    """Hours of each Monday (UTC), such as 0..23 or 6,12..15."""
    addresses: tuple[str, ...] = (f"{_PUBLISHED}/.{_HOUR}", f"{_PUBLISHED}/{_HOUR}")
    """Where the file of an hour may lie, {day} its day and {hour} its hour; tried in this order. Published
    are days up to 2022-05-23 in folders whose name begins with a dot, the last ones in folders without."""
    accept_licences: bool = False
    """Whether you have read the terms that `trackmill download --licences` shows and accept them; a first
    download on a terminal asks instead."""
    connections: Annotated[int, Field(ge=1, le=4)] = 2
    """Files fetched at the same time. The server is that of a non-profit network: 4 is the most."""
    connect_timeout_s: Annotated[float, Field(gt=0)] = 30.0
    """How long to wait for a connection [s]."""
    stall_timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """How long to wait for the next byte before the connection is given up [s]."""
    attempts: Annotated[int, Field(ge=1, le=100)] = 5
    """Attempts at a file, one after the other, that bring nothing new of it, before it counts as failed."""
    first_wait_s: Annotated[float, Field(gt=0)] = 2.0
    """Wait after the first failed attempt [s]; it doubles with each one. A Retry-After of the server's goes
    before it."""
    longest_wait_s: Annotated[float, Field(gt=0)] = 300.0
    """Longest wait between two attempts [s]; a file for which the server asks for more counts as failed."""
    failures_in_a_row: Annotated[int, Field(ge=1)] = 10
    """So many failed files, one after the other, end the download: the rest is not tried."""
    hour_gb: Annotated[float, Field(gt=0)] = 0.15
    """Disk space that an hour is taken to need until its length is known [GB]: 0.12 to 0.155 in June 2022,
    less in the years before. Once hours have been fetched their mean takes its place."""
    keep_free_gb: Annotated[float, Field(ge=0)] = 5.0
    """Disk space that is left free [GB]; no file is begun that would take it."""

    @property
    def wanted(self) -> bool:
        """Whether anything is to be fetched."""
        return bool(self.mondays)

    @property
    def selection(self) -> list[object]:
        """What decides which files are fetched."""
        return [self.mondays, self.hours, list(self.addresses)]

    @field_validator("mondays")
    @classmethod
    def _check_mondays(cls, text: str) -> str:
        if text:
            _one_line(parse_mondays, text)
        return text

    @field_validator("hours")
    @classmethod
    def _check_hours(cls, text: str) -> str:
        _one_line(parse_hours, text)
        return text

    @field_validator("addresses")
    @classmethod
    def _check_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        if not addresses:
            msg = "no address is given: name one, or leave the key out"
            raise ValueError(msg)
        names = {_file_name(address) for address in addresses}
        if len(names) > 1:
            msg = f"all must end in the same file name, found {', '.join(sorted(names))}"
            raise ValueError(msg)
        return addresses


def _one_line(parse: Callable[[str], object], text: str) -> None:
    """Have a text parsed, its error as pydantic takes it."""
    try:
        parse(text)
    except InputError as error:
        msg = f"{error.problem}; {error.remedy}"
        raise ValueError(msg) from None


def _file_name(address: str) -> str:
    """Return the last part of an address, its {day} and {hour} unfilled."""
    parts = urlsplit(address)
    name = parts.path.rpartition("/")[2]
    filled = address.replace("{day}", "").replace("{hour}", "")
    if (
        parts.scheme not in {"http", "https"}
        or not parts.netloc
        or not {"{day}", "{hour}"} <= set(re.findall(r"{\w+}", name))
        or not name.endswith(_FORMS)
        or re.search(r"[{}\s]", filled)
    ):
        ends = " or ".join(_FORMS)
        msg = f"'{address}' is not http(s)://HOST/... with {{day}} and {{hour}} in a name ending in {ends}"
        raise ValueError(msg)
    return name
