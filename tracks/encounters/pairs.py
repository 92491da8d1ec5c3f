"""Pairs of tracks placed to meet, drawn until enough of them are encounters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data_schemas.errors import InputError
from tracks.encounters.draw import BLOCK, Asked, BoolArray, Pairs
from tracks.encounters.flights import Flights
from tracks.encounters.place import closest, place, relative_motion, swept
from tracks.models.chain import FT_S_PER_KT
from tracks.models.joint import Start
from tracks.models.network import EncounterModel
from tracks.models.variables import IntArray
from tracks.units import FT_PER_NM

MOST_IN_A_ROW = 1 << 17
"""Pairs rejected in a row before it is given up."""
CLOSER_FT, CLOSER_SHARE = 1.0, 0.01
"""How much closer than the horizontal miss distance a pair may come at another time: ft, and part of it."""

REASONS = (
    "unseen_place",
    "no_relative_speed",
    "other_layer",
    "outside_scope",
    "begins_close",
    "closer_elsewhere",
)
"""Why a pair is no encounter, the first that holds."""


@dataclass(frozen=True)
class Encounters:
    """Some encounters: the two flights of each, and by column of ENCOUNTERS its values."""

    own: Flights
    intruder: Flights
    facts: dict[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        """Return the number of encounters."""
        return len(self.own)

    def of(self, places: IntArray, numbers: IntArray) -> Encounters:
        """Return some of the encounters, with other numbers."""
        facts = {name: values[places] for name, values in self.facts.items()}
        return Encounters(self.own[places], self.intruder[places], facts | {"encounter": numbers})


class Pairing:
    """Draws pairs and keeps those that are encounters; encounter k is the same however many are drawn.

    A pair is drawn (`Pairs`) and put in place (`place`), which changes the altitude of the intruder. In a
    model the altitude is uniform in the layer that the track starts in, and nothing else depends on it: the
    lifted track is as likely as the drawn one as long as it starts in the same layer. A pair that does not is
    rejected, and so is one whose intruder leaves the scope of its model (see `Sampler`). A pair that comes
    closer at another time than at the one asked for is rejected too, since it is an encounter of that time;
    `CLOSER_FT` and `CLOSER_SHARE` are left for turns within a second.

    The weight makes up for what was not drawn as it happens: of intruders spread evenly those pass more often
    that are fast relative to ownship, and one in a thick layer is less often at a given altitude. The mean of
    the weights over all pairs drawn, those rejected having none, times the widths of the miss distances is
    the number of encounters an hour for one intruder a NM^2 at all altitudes together (`rate_nm2_h`).

    Parameters
    ----------
    own
        Model of ownship, or one flight of as many seconds as asked for.
    intruder
        Model of the intruder.
    asked
        Which encounters.
    seed
        From 0 to 2^64 - 1.
    own_start, intruder_start
        Bins that the models' variables may have in the first second; the intruder has G and A of a sampled
        ownship.

    Raises
    ------
    InputError
        A model cannot be sampled, or not from such a start, or the seed cannot be.
    """

    def __init__(
        self,
        own: EncounterModel | Flights,
        intruder: EncounterModel,
        asked: Asked,
        seed: int,
        own_start: Start | None = None,
        intruder_start: Start | None = None,
    ) -> None:
        self.asked = asked
        self.drawn = 0
        self.rejected: Counter[str] = Counter()
        self._weights = 0.0
        self._pairs = Pairs(own, intruder, asked, seed, own_start, intruder_start)
        self._level, self._speed = (np.array(intruder.boundaries[intruder.index(n)]) for n in ("L", "v"))

    def blocks(self, count: int) -> Iterator[Encounters]:
        """Draw encounters, numbered from 1, some at a time; to be called once.

        Raises
        ------
        InputError
            `MOST_IN_A_ROW` pairs in a row were rejected.
        """
        found, block, in_a_row = 0, 0, 0
        while found < count:
            pairs, reason = self._placed(block)
            places = np.flatnonzero(reason < 0)[: count - found]
            # of the last block the pairs up to the last encounter count as drawn
            last = int(places[-1]) + 1 if found + len(places) == count else BLOCK
            self.drawn += last
            self.rejected.update(REASONS[k] for k in reason[:last].tolist() if k >= 0)
            in_a_row = 0 if len(places) else in_a_row + BLOCK
            if in_a_row >= MOST_IN_A_ROW:
                why = ", ".join(f"{name} {number:,}" for name, number in self.rejected.most_common())
                problem = f"{in_a_row:,} pairs in a row were no encounters ({why})"
                raise InputError("encounters", problem, "ask for other miss distances or starts")
            if len(places):
                chosen = pairs.of(places, np.arange(found + 1, found + 1 + len(places)))
                self._weights += float(chosen.facts["weight"].sum())
                yield chosen
            found, block = found + len(places), block + 1

    @property
    def rate_nm2_h(self) -> float:
        """Encounters an hour for one intruder a NM^2, all altitudes together, from the pairs drawn so far."""
        wide, high = (2 * (most - least) for least, most in (self.asked.hmd_ft, self.asked.vmd_ft))
        return self._weights / max(self.drawn, 1) * wide / FT_PER_NM * high

    def _placed(self, block: int) -> tuple[Encounters, IntArray]:
        """Place the pairs of a block; return them and the index of why one is no encounter, or -1."""
        second = self.asked.before_s
        own, intruder, geometry, unseen = self._pairs.draw(block)
        turned = own.motion["heading_deg"][:, second] + geometry.relative_heading_deg
        relative = np.hypot(*relative_motion(own, intruder, second, turned))
        with np.errstate(invalid="ignore", divide="ignore"):  # of pairs that are rejected
            intruder = place(own, intruder, second, geometry)
            near = closest(own, intruder)
            rejected = (
                unseen,
                ~(relative > 0),
                self._in_another_layer(intruder),
                self._outside(intruder),
                _nearer(own, intruder, *self.asked.apart_ft),
                near[1] < geometry.hmd_ft * (1 - CLOSER_SHARE) - CLOSER_FT,
            )
        layer = intruder.held["L"]
        climb = (intruder.motion["dh_ft_min"] - own.motion["dh_ft_min"])[:, second]
        facts = {
            "weight": relative / np.diff(self._level)[layer - 1],
            "cpa_s": np.full(BLOCK, second),
            "hmd_ft": geometry.hmd_ft,
            "vmd_ft": geometry.vmd_ft,
            "relative_speed_kt": relative,
            "relative_dh_ft_min": climb,
            "relative_heading_deg": geometry.relative_heading_deg,
            "cylinder_nm3_h": swept(relative, climb, self.asked.hmd_ft[1], self.asked.vmd_ft[1]),
            "intruder_L": layer,
        }
        facts |= dict(zip(("closest_s", "closest_hmd_ft", "closest_vmd_ft"), near, strict=True))
        facts |= {name: intruder.held[name] for name in ("G", "A") if name in intruder.held}
        facts |= {"own_L": own.held["L"]} if "L" in own.held else {}
        return Encounters(own, intruder, facts), np.select(rejected, range(len(rejected)), -1)

    def _in_another_layer(self, intruder: Flights) -> BoolArray:
        """Whether intruders start in another altitude layer than the one they were drawn in."""
        start, layer = intruder.motion["alt_ft_agl"][:, 0], intruder.held["L"]
        return np.asarray((start < self._level[layer - 1]) | (start >= self._level[layer]))

    def _outside(self, intruder: Flights) -> BoolArray:
        """Whether intruders leave the scope of their model, by the tests of sampled tracks."""
        altitude, speed = intruder.motion["alt_ft_agl"], intruder.motion["speed_kt"]
        out = (altitude < self._level[0]) | (altitude > self._level[-1])
        out |= (speed <= self._speed[0]) | (speed >= self._speed[-1])
        steep = np.abs(intruder.motion["dh_ft_min"][:, 0]) / 60 >= speed[:, 0] * FT_S_PER_KT
        return np.asarray(out.any(axis=1) | steep)


def _nearer(own: Flights, intruder: Flights, horizontal_ft: float, vertical_ft: float) -> BoolArray:
    """Whether pairs begin nearer than both distances."""
    north, east, level = (
        intruder.motion[name][:, 0] - own.motion[name][:, 0] for name in ("north_ft", "east_ft", "alt_ft_agl")
    )
    return np.asarray((np.hypot(north, east) < horizontal_ft) & (np.abs(level) < vertical_ft))
