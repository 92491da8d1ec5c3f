"""The aircraft groups of a year's register, and which of them an address belongs to."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from data_schemas.aircraft import seats_bin
from tracks.leaves import LeafIndex

Ints = npt.NDArray[np.int64]

_ALIKE = ("manufacturer", "model", "seats")


@dataclass(frozen=True)
class Groups:
    """What registered aircraft have in common.

    Attributes
    ----------
    about
        A row a group: manufacturer, model, seats_bin. The last is that of addresses in no register.
    addresses, group
        Registered addresses, rising, and the group of each.
    """

    about: pl.DataFrame
    addresses: Ints
    group: Ints

    def of(self, addresses: Ints) -> Ints:
        """Return the group of each address, as a row of `about`."""
        found = np.full(addresses.size, self.about.height - 1)
        if self.addresses.size:
            place = np.minimum(np.searchsorted(self.addresses, addresses), self.addresses.size - 1)
            here = self.addresses[place] == addresses
            found[here] = self.group[place[here]]
        return found


@functools.lru_cache(maxsize=2)
def groups_of(leaves: LeafIndex, year: int) -> Groups:
    """Return the groups of a year's register, kept because a worker's tasks are mostly of one year."""
    number = pl.col("icao24").cast(pl.String).str.to_integer(base=16, dtype=pl.Int64)
    registered = leaves.aircraft(year).select(*_ALIKE, address=number).sort("address")
    about = registered.select(_ALIKE).unique(maintain_order=True)
    group = registered.join(about.with_row_index("group"), _ALIKE, nulls_equal=True, maintain_order="left")
    nobody = pl.DataFrame({name: [None] for name in _ALIKE}, schema=about.schema)
    bins = {seats: seats_bin(seats) for seats in (*about["seats"].unique(), None)}
    return Groups(
        pl.concat([about, nobody]).select(
            *_ALIKE[:2], seats_bin=pl.col("seats").replace_strict(bins, return_dtype=pl.String)
        ),
        registered["address"].to_numpy(),
        group["group"].cast(pl.Int64).to_numpy(),
    )
