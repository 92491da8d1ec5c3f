"""Tracks sampled from an encounter model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from data_schemas.config.graph import DYNAMIC
from data_schemas.errors import InputError
from data_schemas.tables.models import SAMPLED
from tracks.models.chain import REASONS, draw_tracks
from tracks.models.joint import Start, start_states
from tracks.models.network import EncounterModel
from tracks.models.pack import pack_network, pack_states, pack_values
from tracks.models.variables import LABELS, FloatArray, IntArray

MOST_ATTEMPTS = 100_000
"""Tracks rejected in a row before a track is given up."""
BLOCK_ROWS = 1 << 18
"""Track-seconds held at a time, about: so few that memory is used again and not asked for anew. A constant,
as the row groups of Parquet follow it."""

_NUMERIC = ("L", "v", *DYNAMIC)
_WRITTEN = (
    "north_ft",
    "east_ft",
    "alt_ft_agl",
    "heading_deg",
    "speed_kt",
    "dv_kt_s",
    "dh_ft_min",
    "dpsi_deg_s",
)
"""Columns in the order of the rows that the kernel writes."""


@dataclass(frozen=True)
class Drawn:
    """Sampled tracks.

    Attributes
    ----------
    table
        Rows of SAMPLED, sorted by track and time.
    tracks
        Number of tracks.
    rejected
        Tracks that were drawn and rejected on the way, by reason (`tracks.models.chain.REASONS`).
    """

    table: pa.Table
    tracks: int
    rejected: dict[str, int]


class Sampler:
    """Draws tracks at 1 Hz; track k is a function of the model, the start, the seed and k alone.

    The state of the first second is drawn from the initial network, given the bins that `start` allows (see
    `start_states`), a value uniform in its bin (0 in a bin straddling zero). Then, each second, every dynamic
    variable gets a bin from the transition network given the bins of the present second; a configuration
    never seen keeps its bin; a new bin draws a value, an unchanged one draws again with its resample rate. G,
    A and L hold their bins, L although the altitude moves on. The bin of v is that of the track's present
    speed, which follows from the accelerations (the published sampler holds it); speeds beyond the outer cut
    points count in the outer bins. Probabilities of the transition are whole multiples of 2^-32.

    The dynamics of a second hold until the next, as in the published code: from t to t + 1 the position
    moves by the speed at t along the heading at t, then altitude, speed and heading change by the rates at t.

    With `reject`, a track that leaves the model's scope is drawn anew until one is accepted, as the published
    `UncorEncounterModel` does (em-model-manned-bayes): altitude within L's outer cut points, speed between
    those of v, and in the first second a vertical rate smaller than the speed. Its further limits, 30 kt for
    all but rotorcraft and those of its dynamics, are no cut points of the model and not applied.

    Parameters
    ----------
    model
        A model with L, v, dv, dh, dpsi, numeric, of which the last three are dynamic.
    seconds
        Rows of a track, at t = 0, 1, ..., seconds - 1.
    seed
        From 0 to 2^64 - 1.
    start
        Bins that variables may have in the first second.
    reject
        Whether tracks that leave the scope are drawn anew; without, `inside` marks their seconds.

    Raises
    ------
    InputError
        The model is of another kind, a start bin does not exist, no data was seen at such a start, or the
        seed or length cannot be.
    """

    def __init__(
        self,
        model: EncounterModel,
        seconds: int,
        seed: int,
        start: Start | None = None,
        *,
        reject: bool = False,
    ) -> None:
        _check(model)
        if not 1 <= seconds < 1 << 31:
            raise InputError("seconds", f"expected at least 1, found {seconds}", "give a length in seconds")
        if not 0 <= seed < 1 << 64:
            raise InputError("seed", f"expected 0 to 2^64 - 1, found {seed}", "give another")
        self.model = model
        self.seconds = seconds
        self._key = np.uint64(seed)
        self._attempts = MOST_ATTEMPTS if reject else 0
        self._states = start_states(model, start)
        self._packed = (pack_network(model), pack_values(model), pack_states(self._states))

    @property
    def block(self) -> int:
        """Number of tracks whose rows are about `BLOCK_ROWS`."""
        return max(1, BLOCK_ROWS // self.seconds)

    def blocks(self, first: int, count: int) -> Iterator[Drawn]:
        """Draw tracks `first`, `first` + 1, ... in blocks, one in memory at a time."""
        for begin in range(first, first + count, self.block):
            yield self.draw(begin, min(self.block, first + count - begin))

    def values(
        self, first: int, count: int
    ) -> tuple[FloatArray, npt.NDArray[np.bool_], IntArray, dict[str, int]]:
        """Draw tracks `first`, `first` + 1, ... as plain arrays.

        Returns
        -------
        tuple
            Motion and rates, the rows of `draw_tracks`, shape (8, tracks x seconds); whether altitude and
            speed are in the scope, shape (tracks, seconds); the bins, from 0, of the first second, shape
            (tracks, variables); and the rejected tracks by reason.

        Raises
        ------
        InputError
            All of `MOST_ATTEMPTS` draws of a track were rejected.
        """
        values = np.empty((len(_WRITTEN), count * self.seconds))
        inside = np.empty((count, self.seconds), np.bool_)
        began = np.zeros(count, np.int64)
        rejected = draw_tracks(*self._packed, self._key, first, self._attempts, values, inside, began)
        left = dict(zip(REASONS, rejected.tolist(), strict=True))
        if (given_up := np.flatnonzero(began < 0)).size:
            why = ", ".join(f"{reason} {number}" for reason, number in left.items() if number)
            problem = (
                f"{MOST_ATTEMPTS} in a row left the model's altitude or speed scope (all rejected: {why})"
            )
            where = f"track {first + given_up[0]}"
            raise InputError(where, problem, "draw shorter tracks or free the start")
        return values, inside, self._states.bins[began], left

    def draw(self, first: int, count: int) -> Drawn:
        """Draw tracks `first`, `first` + 1, ... as rows of SAMPLED; raises as `values` does."""
        values, inside, began, left = self.values(first, count)
        columns: dict[str, npt.NDArray[np.generic]] = dict(zip(_WRITTEN, values, strict=True))
        columns["track"] = np.repeat(np.arange(first, first + count, dtype=np.int32), self.seconds)
        columns["time_s"] = np.tile(np.arange(self.seconds, dtype=np.int32), count)
        columns["inside"] = inside.ravel()
        for name in ("G", "A", "L"):
            if LABELS[name] in self.model.initial.labels:
                bins = (began[:, self.model.index(name)] + 1).astype(np.int16)
                columns[name] = np.repeat(bins, self.seconds)
        return Drawn(_table(columns, count * self.seconds), count, left)


def sample_tracks(
    model: EncounterModel,
    n: int,
    seconds: int,
    seed: int,
    start: Start | None = None,
    *,
    reject: bool = False,
) -> pl.DataFrame:
    """Sample n tracks, all in memory: rows of SAMPLED; see `Sampler`."""
    sampler = Sampler(model, seconds, seed, start, reject=reject)
    return pl.DataFrame(sampler.draw(0, n).table)


def _check(model: EncounterModel) -> None:
    for name in _NUMERIC:
        if model.boundaries[model.index(name)] is None:
            raise InputError(
                "encounter model", f"has no cut points of {LABELS[name]}", "give them in its file"
            )
    found = sorted(model.initial.labels[i] for i, _ in model.moves)
    if found != sorted(LABELS[name] for name in DYNAMIC):
        problem = f"moves {', '.join(found) or 'nothing'}; tracks need acceleration, vertical and turn rate"
        raise InputError("encounter model", problem, "give an uncorrelated model")


def _table(columns: dict[str, npt.NDArray[np.generic]], rows: int) -> pa.Table:
    """Lay columns out as a table of SAMPLED; one that the model lacks is missing."""
    schema = SAMPLED.schema()
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)
