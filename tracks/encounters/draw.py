"""Pairs of tracks drawn at random, with how they are to pass each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_schemas.errors import InputError
from tracks.encounters.flights import HELD, MOTION, Flights, sampled
from tracks.encounters.place import Geometry
from tracks.models.joint import Start
from tracks.models.network import EncounterModel
from tracks.models.sample import Sampler
from tracks.models.variables import LABELS

BoolArray = npt.NDArray[np.bool_]

BLOCK = 1024
"""Pairs that are drawn at once; part of what a seed means."""
_OWN, _INTRUDER, _GEOMETRY = range(3)


@dataclass(frozen=True)
class Asked:
    """What encounters are asked for.

    Attributes
    ----------
    before_s, after_s
        Seconds before and after the closest approach.
    hmd_ft, vmd_ft
        Lowest and highest horizontal and vertical miss distance; drawn uniformly, on either side.
    apart_ft
        A pair that begins nearer than both, horizontally and vertically, is no encounter.
    """

    before_s: int
    after_s: int
    hmd_ft: tuple[float, float]
    vmd_ft: tuple[float, float]
    apart_ft: tuple[float, float] = (0.0, 0.0)

    @property
    def seconds(self) -> int:
        """Rows of a track."""
        return self.before_s + 1 + self.after_s


class Pairs:
    """Draws blocks of pairs, one after the other; see `tracks.encounters.pairs.Pairing`.

    Ownship is sampled from a model, tracks that leave its scope drawn anew, or is one flight for all. The
    intruder is sampled from its model, none rejected, given the geographic domain and airspace class of a
    sampled ownship, as far as both models have them. Relative heading and miss distances are uniform.
    """

    def __init__(
        self,
        own: EncounterModel | Flights,
        intruder: EncounterModel,
        asked: Asked,
        seed: int,
        own_start: Start | None,
        intruder_start: Start | None,
    ) -> None:
        if not 0 <= seed < 1 << 64:
            raise InputError("seed", f"expected 0 to 2^64 - 1, found {seed}", "give another")
        self._asked, self._seed = asked, seed
        self._model, self._start = intruder, dict(intruder_start or {})
        self._own: Flights | Sampler
        self._shared: tuple[str, ...] = ()
        if isinstance(own, Flights):
            self._own = own[np.zeros(BLOCK, np.int64)]
        else:
            self._own = Sampler(own, asked.seconds, self._key(_OWN), own_start, reject=True)
            labels = set(own.initial.labels) & set(intruder.initial.labels)
            self._shared = tuple(name for name in ("G", "A") if LABELS[name] in labels)
        if both := [name for name in self._shared if name in self._start]:
            problem = f"the intruder has the {both[0]} of ownship"
            raise InputError(f"start of the intruder {both[0]}", problem, "give it for ownship")
        self._samplers: dict[tuple[int, ...], Sampler | None] = {}
        self._next: Counter[tuple[int, ...]] = Counter()
        if not self._shared:
            self._sampler(())  # a start that cannot be is told before anything is drawn

    def draw(self, block: int) -> tuple[Flights, Flights, Geometry, BoolArray]:
        """Return ownships and intruders of the next block, how they pass, and where there is no intruder."""
        own = self._own
        if isinstance(own, Sampler):
            own = sampled(own.draw(block * BLOCK, BLOCK))
        intruder, unseen = self._intruders(own)
        return own, intruder, self._geometry(block), unseen

    def _intruders(self, own: Flights) -> tuple[Flights, BoolArray]:
        """Draw an intruder for each ownship, in its place; return them and where the model has seen none."""
        places = np.array([own.held[name] for name in self._shared], np.int64)
        groups, member = np.unique(places.reshape(-1, BLOCK), axis=1, return_inverse=True)
        motion = {name: np.full((BLOCK, self._asked.seconds), np.nan) for name in MOTION}
        known = [name for name in HELD if LABELS[name] in self._model.initial.labels]
        held = {name: np.ones(BLOCK, np.int64) for name in known}
        unseen = np.zeros(BLOCK, np.bool_)
        for k, group in enumerate(map(tuple, groups.T.tolist())):
            rows, sampler = np.flatnonzero(member.ravel() == k), self._sampler(group)
            if sampler is None:
                unseen[rows] = True
                continue
            flights = sampled(sampler.draw(self._next[group], len(rows)))
            self._next[group] += len(rows)
            for name, values in flights.motion.items():
                motion[name][rows] = values
            for name, bins in flights.held.items():
                held[name][rows] = bins
        return Flights(motion, held), unseen

    def _sampler(self, place: tuple[int, ...]) -> Sampler | None:
        """Return the sampler of intruders in a place, None where the model has seen none."""
        if place not in self._samplers:
            start = self._start | {name: (at,) for name, at in zip(self._shared, place, strict=True)}
            try:
                self._samplers[place] = Sampler(
                    self._model, self._asked.seconds, self._key(_INTRUDER, *place), start
                )
            except InputError:
                if not place:
                    raise
                self._samplers[place] = None
        return self._samplers[place]

    def _geometry(self, block: int) -> Geometry:
        """Draw how the pairs of a block pass."""
        stream = np.random.Generator(np.random.Philox(key=np.array([self._key(_GEOMETRY), block], np.uint64)))
        heading, distance, level, side, above = stream.random((5, BLOCK))
        (near, far), (low, high) = self._asked.hmd_ft, self._asked.vmd_ft
        return Geometry(
            360 * heading,
            np.where(side < 0.5, -1.0, 1.0),
            near + (far - near) * distance,
            (low + (high - low) * level) * np.where(above < 0.5, -1.0, 1.0),
        )

    def _key(self, *stream: int) -> int:
        """Return the seed of a stream, unlike that of any other."""
        return int(np.random.SeedSequence([self._seed, *stream]).generate_state(1, np.uint64)[0])
