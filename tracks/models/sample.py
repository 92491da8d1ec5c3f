"""Tracks sampled from an encounter model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.models import SAMPLED
from tracks.models.chain import (
    PackedNetwork,
    PackedValues,
    pack_network,
    pack_values,
    start_tracks,
    step_tracks,
)
from tracks.models.network import EncounterModel
from tracks.models.variables import DYNAMIC, LABELS, FloatArray, IntArray

BLOCK = 1024
"""Tracks that share a stream of random numbers; part of what a seed means."""

_NUMERIC = ("L", "v", *DYNAMIC)
_VALUES = {"v": "speed_kt", "dv": "dv_kt_s", "dh": "dh_ft_min", "dpsi": "dpsi_deg_s"}
_MOTION = ("north_ft", "east_ft", "alt_ft_agl", "heading_deg")


def sample_tracks(
    model: EncounterModel, n: int, seconds: int, seed: int, start: Mapping[str, int] | None = None
) -> pl.DataFrame:
    """Sample tracks at 1 Hz.

    The first second is drawn from the initial network, a value uniform in its bin (0 in a bin straddling
    zero). Then, each second, every dynamic variable gets a bin from the transition network given the bins of
    the present second; a configuration never seen keeps its bin; a new bin draws a value, an unchanged one
    draws again with its resample rate. G, A and L hold their bins, L although the altitude moves on. The
    bin of v is that of the track's present speed, which follows from the accelerations (the published sampler
    holds it); speeds beyond the outer cut points count in the outer bins.

    The dynamics of a second hold until the next, as in the published code: from t to t + 1 the position
    moves by the speed at t along the heading at t, then altitude, speed and heading change by the rates at t.
    Nothing is rejected or clipped, so the first second keeps the model's distribution; `inside` marks the
    seconds for which the published sampler would reject a track.

    Track k is the same whatever n and seconds are: each block of 1024 tracks has its own Philox stream.

    Parameters
    ----------
    model
        A model with L, v, dv, dh, dpsi, numeric, of which the last three are dynamic.
    n
        Number of tracks.
    seconds
        Rows of a track, at t = 0, 1, ..., seconds - 1.
    seed
        From 0 to 2^64 - 1.
    start
        Bins, from 1, of variables (G, A, L, v, dv, dh, dpsi) to hold at t = 0; those after them in the
        network are drawn given them, those before them are not (as published), so fix the first ones.

    Returns
    -------
    DataFrame
        Columns of SAMPLED, sorted by track and time.

    Raises
    ------
    InputError
        The model is of another kind, a start bin does not exist, or no data was seen at such a start.
    """
    _check(model)
    network, moved = pack_network(model.initial), pack_network(model.transition)
    values, fixed = pack_values(model), _fixed(model, start or {})
    out = {name: np.empty((n, seconds)) for name in (*_MOTION, *_VALUES.values())}
    held = np.empty((n, len(model.initial.labels)), np.int64)
    for first in range(0, n, BLOCK):
        rows = slice(first, min(first + BLOCK, n))
        stream = np.random.Generator(np.random.Philox(key=np.array([seed, first // BLOCK], np.uint64)))
        states = np.zeros((rows.stop - first, len(model.transition.labels)), np.int64)
        block = _run(model, (network, moved, values), fixed, states, stream, seconds)
        for second, (now, moving) in enumerate(block):
            for name, place in zip(_MOTION, moving, strict=True):
                out[name][rows, second] = place
            for name, column in _VALUES.items():
                out[column][rows, second] = now[:, model.index(name)]
        held[rows] = states[:, : held.shape[1]]
    return _frame(model, out, held)


def write_sampled(sampled: pl.DataFrame, path: str | Path) -> None:
    """Write sampled tracks as a Parquet file, complete or not at all."""
    schema = SAMPLED.schema()
    table = pa.table([sampled[name].to_arrow() for name in schema.names], names=schema.names)
    with complete_file(path) as part:
        pq.write_table(table.cast(schema), part, compression="zstd")


def _run(
    model: EncounterModel,
    packed: tuple[PackedNetwork, PackedNetwork, PackedValues],
    fixed: IntArray,
    states: IntArray,
    stream: np.random.Generator,
    seconds: int,
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield values (tracks, variables) and motion (4, tracks) of a block, second by second."""
    network, moved, values = packed
    count = len(states)
    # numbers are drawn for a whole block, so that a track does not depend on how many follow it
    now = start_tracks(network, values, fixed, stream.random((2, fixed.size, BLOCK))[:, :, :count], states)
    if np.isnan(now).any():
        raise InputError("encounter model", "a state without counts came up at the start", "fix other bins")
    moving = np.zeros((4, count))
    moving[2] = now[:, model.index("L")]
    for second in range(seconds):
        if second:
            uniforms = stream.random((3, moved.drawn.size, BLOCK))[:, :, :count]
            step_tracks(moved, values, uniforms, states, now, moving)
        yield now, moving


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


def _fixed(model: EncounterModel, start: Mapping[str, int]) -> IntArray:
    fixed = np.full(len(model.initial.labels), -1)
    for name, place in start.items():
        if name not in LABELS:
            raise InputError(f"start {name}", "no such variable", f"known: {', '.join(LABELS)}")
        variable = model.index(name)
        if not 1 <= place <= model.initial.bins[variable]:
            known = f"bins are 1 to {model.initial.bins[variable]}"
            raise InputError(f"start {name}", f"there is no bin {place}", known)
        fixed[variable] = place - 1
    return fixed


def _frame(model: EncounterModel, out: dict[str, FloatArray], held: IntArray) -> pl.DataFrame:
    """Lay the tracks out as rows of SAMPLED."""
    n, seconds = out["speed_kt"].shape
    cuts = model.boundaries[model.index("v")] or ()
    speed = out["speed_kt"]
    columns: dict[str, npt.NDArray[np.generic] | None] = {name: out[name].ravel() for name in out}
    columns["track"] = np.repeat(np.arange(n, dtype=np.int32), seconds)
    columns["time_s"] = np.tile(np.arange(seconds, dtype=np.int32), n)
    columns["inside"] = ((out["alt_ft_agl"] >= 0) & (speed > cuts[0]) & (speed < cuts[-1])).ravel()
    for name in ("G", "A", "L"):
        known = LABELS[name] in model.initial.labels
        bins = held[:, model.index(name)] + 1 if known else None
        columns[name] = None if bins is None else np.repeat(bins.astype(np.int8), seconds)
    series = [
        pl.repeat(None, n * seconds, dtype=pl.Int8, eager=True).alias(name)
        if columns[name] is None
        else pl.Series(name, columns[name])
        for name in SAMPLED.names
    ]
    return pl.DataFrame(series)
