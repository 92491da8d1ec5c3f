"""The leaves of one year: the work expected of each address, and the address ranges cut by it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_schemas.config import LeafSettings
from tracks.leaves.cut import cut, number_of_runs
from tracks.leaves.inputs import Activity, Firsts
from tracks.leaves.registered import ADDRESSES, UNKNOWN, Addresses, Codes, Registered, find

_PIECES = 1 << 16
"""Equal pieces of the address space that ranges of unregistered aircraft are put together from."""

UNITS_AN_HOUR = 3_600_000
"""Work is counted in whole milliseconds of flight."""


@dataclass(frozen=True)
class Folder:
    """What lies in one folder: items in the order of their addresses, and the work expected of each.

    An item is an aircraft, in `UNKNOWN` also a piece of the address space; work is milliseconds of flight a
    year.
    """

    address: Addresses
    work: npt.NDArray[np.int64]


def folders_of_year(
    registered: Registered, year: int, activity: Activity, settings: LeafSettings
) -> dict[str, Folder]:
    """Return the folders of a year in the order of their paths.

    Of an aircraft e = `hours_a_year` are expected. Where there is an activity file, that is
    s · e + (1 − s) · H · n / N: n the rows seen of it, N those of all addresses, H the hours expected of
    all, s = `expected_share`. H includes `unknown_leaves` · `hours_per_leaf` spread evenly over all
    addresses, which are what is expected of aircraft in no register.
    """
    address, folder = registered.of_year(year)
    by_folder = np.argsort(folder, kind="stable")
    bounds = np.searchsorted(folder[by_folder], np.arange(len(registered.folders) + 1))
    hours_of = np.array([settings.hours_of(name) for name in registered.folders])
    unknown_h = settings.unknown_leaves * settings.hours_per_leaf
    all_h = math.fsum((hours_of * np.diff(bounds)).tolist()) + unknown_h
    seen = int(activity.rows.sum())
    share = settings.expected_share if seen else 1.0
    hours_a_row = (1 - share) * all_h / seen if seen else 0.0
    work_h = share * hours_of[folder] + hours_a_row * activity.of(address)
    found = {}
    for code, name in enumerate(registered.folders):
        here = by_folder[bounds[code] : bounds[code + 1]]
        if name == UNKNOWN:
            strangers = ~find(address, activity.address)[1]
            found[name] = _unknown(
                np.concatenate([address[here], activity.address[strangers]]),
                np.concatenate([work_h[here], hours_a_row * activity.rows[strangers]]),
                share * unknown_h,
            )
        elif len(here):
            found[name] = Folder(address[here], _work(work_h[here]))
    return found


def _unknown(address: Addresses, work_h: npt.NDArray[np.float64], evenly_h: float) -> Folder:
    """Return the whole address space as items: a piece of it begins at each address and at even distances."""
    size = ADDRESSES // _PIECES
    firsts, item = np.unique(
        np.concatenate([np.arange(0, ADDRESSES, size, dtype=np.uint32), address]), return_inverse=True
    )
    lengths = np.diff(firsts, append=ADDRESSES)
    own_h = np.bincount(item[_PIECES:], weights=work_h, minlength=len(firsts))
    return Folder(firsts, _work(own_h + evenly_h * lengths / ADDRESSES))


def _work(hours: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return hours in whole units: sums of them are exact, so that leaves are the same on every machine."""
    return np.rint(hours * UNITS_AN_HOUR).astype(np.int64)


def cut_year(folders: Mapping[str, Folder], fixed: Firsts, settings: LeafSettings) -> Firsts:
    """Return the first address of each leaf by folder, in the order of paths; folders in `fixed` keep theirs.

    A leaf reaches to the next one's first address; the first leaf begins at 000000.
    """
    wished = max(1, round(settings.hours_per_leaf * UNITS_AN_HOUR))
    found = {}
    for name in sorted({*folders, *fixed}, key=lambda name: f"{name}/"):
        if name in fixed:
            found[name] = fixed[name]
            continue
        items = folders[name]
        firsts = items.address[cut(items.work, number_of_runs(items.work, wished))]
        firsts[0] = 0
        found[name] = firsts
    return found


def leaf_paths(firsts: Firsts, year: int) -> list[str]:
    """Return the paths of a year's leaves; they are in order."""
    return [
        f"{year:04d}/{name}/{first:06X}_{last:06X}"
        for name, starts in firsts.items()
        for first, last in zip(starts.tolist(), last_addresses(starts).tolist(), strict=True)
    ]


def last_addresses(firsts: Addresses) -> Addresses:
    """Return the last address of each leaf of a folder."""
    return np.append(firsts[1:], np.uint32(ADDRESSES)) - np.uint32(1)


def leaf_table(folders: Mapping[str, Folder], firsts: Firsts) -> Codes:
    """Return the position in `leaf_paths` of every 24-bit address's leaf, shape (2^24,)."""
    bases = dict(zip(firsts, np.cumsum([0, *map(len, firsts.values())]).tolist(), strict=False))
    unknown = firsts[UNKNOWN]
    codes = np.arange(bases[UNKNOWN], bases[UNKNOWN] + len(unknown), dtype=np.int32)
    table = np.repeat(codes, np.diff(unknown, append=ADDRESSES))
    for name, items in folders.items():
        if name != UNKNOWN:
            run = np.searchsorted(firsts[name], items.address, side="right") - 1
            table[items.address] = bases[name] + run
    return table
