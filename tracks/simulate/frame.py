"""State vectors as the published files have them: sixteen columns, text as it is written there."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data_schemas.config.simulate import SimulateSettings
from data_schemas.tables.raw import RAW_COLUMNS
from tracks.simulate.fleet import Fleet, addresses
from tracks.simulate.models import MODELS

_BAD = ("", "zz01f4", "a1b2", "0a00001f")
"""Addresses that are none, `BAD_ADDRESSES` of them."""
_AIRLINES = ("AAL", "BAW", "DAL", "DLH", "JBU", "QTR", "RYR", "SKW", "SWA", "UAL")
_REGISTRATION = "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Words:
    """The texts that rows refer to by number: addresses, call signs, codes.

    Parameters
    ----------
    numbers
        Address of each aircraft.
    callsigns
        Two an aircraft, for its way out and back.
    """

    def __init__(self, numbers: NDArray[np.int64], callsigns: list[str]) -> None:
        self.aircraft = len(numbers)
        self.address = pl.Series([f"{n:06x}" for n in numbers.tolist()] + list(_BAD), dtype=pl.String)
        self.callsign = pl.Series(callsigns, dtype=pl.String)
        self.squawk = pl.Series([f"{code:04o}" for code in range(8**4)], dtype=pl.String)
        self.flag = pl.Series(["False", "True"], dtype=pl.String)


def fleet_words(settings: SimulateSettings, fleet: Fleet) -> Words:
    """Return the texts of a simulated fleet."""
    numbers = addresses(settings)
    return Words(numbers, _callsigns(numbers, fleet))


def to_frame(rows: NDArray[np.float64], words: Words, *, flags_as_text: bool) -> pl.DataFrame:
    """Return state vectors in the published columns; what is missing is null.

    Parameters
    ----------
    rows
        State vectors as `tracks.simulate.reports.report` writes them.
    words
        Texts of the same fleet.
    flags_as_text
        True and False as words, which is how the CSV files have them.
    """
    columns = dict(zip(RAW_COLUMNS, np.ascontiguousarray(rows.T), strict=True))
    # Bad addresses are -1, -2, ...: they stand behind those of the aircraft.
    numbers = columns["icao24"]
    place = np.where(numbers < 0, words.aircraft - 1 - numbers, numbers).astype(np.uint32)
    made = {
        "time": pl.Series(columns["time"].astype(np.int64)),
        "icao24": words.address.gather(place),
        "callsign": _pick(words.callsign, columns["callsign"]),
        "squawk": _pick(words.squawk, columns["squawk"]),
    }
    for name in ("onground", "alert", "spi"):
        flags = columns[name].astype(np.uint32)
        made[name] = words.flag.gather(flags) if flags_as_text else pl.Series(flags.astype(np.bool_))
    plain = (name for name in RAW_COLUMNS if name not in made)
    made |= {name: pl.Series(columns[name], nan_to_null=True) for name in plain}
    return pl.DataFrame({name: made[name] for name in RAW_COLUMNS})


def _pick(texts: pl.Series, numbers: NDArray[np.float64]) -> pl.Series:
    """Texts by number; missing where that is."""
    known = ~np.isnan(numbers)
    picked = texts.gather(np.where(known, numbers, 0).astype(np.uint32))
    return picked if known.all() else picked.zip_with(pl.Series(known), pl.Series([None], dtype=pl.String))


def _callsigns(numbers: NDArray[np.int64], fleet: Fleet) -> list[str]:
    """Two call signs an aircraft, padded to eight: flight numbers of airlines, else the registration."""
    texts: list[str] = []
    for number, model in zip(numbers.tolist(), fleet.model.tolist(), strict=True):
        if MODELS[model].hours_a_day >= 5:
            airline, flight = _AIRLINES[number % len(_AIRLINES)], number // 16 % 4000 * 2 + 101
            texts += [f"{airline}{flight}".ljust(8), f"{airline}{flight + 1}".ljust(8)]
        else:
            letters = _REGISTRATION[number % 24] + _REGISTRATION[number // 24 % 24]
            texts += [f"N{number // 576 % 999 + 1}{letters}".ljust(8)] * 2
    return texts
