"""Leaves of tracks, read in pieces, with only the columns that models need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_schemas.config import ModelSettings
from data_schemas.errors import InputError
from data_schemas.tables.tracks import TRACKS
from tracks.models.kernels import count_by
from tracks.models.variables import IntArray

GROUPS = 3
"""Squawk groups: 0 none (or, of a transition, two different groups), 1 code 1200, 2 another code."""
SECONDS_A_DAY = 86_400
BATCH_ROWS = 1 << 17
"""Rows in hand at once: few enough for the caches, enough to make reading cheap."""


def altitude_of(settings: ModelSettings, altitude_mode: str) -> str:
    """Return which altitude a kind of model takes, baro or geo: in modes baro and both the barometric.

    >>> altitude_of(ModelSettings(), "both"), altitude_of(ModelSettings(), "geo")
    ('baro', 'geo')
    """
    if settings.altitude != "mode":
        return settings.altitude
    return "geo" if altitude_mode == "geo" else "baro"


class Batch:
    """Some rows of a leaf, in order."""

    def __init__(self, rows: pa.RecordBatch, last: tuple[object, ...] | None) -> None:
        self._rows = rows
        code = pc.fill_null(rows["squawk"], -1).to_numpy(zero_copy_only=False)
        self.group = np.where(code == 1200, 1, np.where(code < 0, 0, 2)).astype(np.int8)
        address = rows["icao24"]
        self._address = address if pa.types.is_dictionary(address.type) else address.dictionary_encode()
        same = np.diff(self._address.indices.to_numpy(zero_copy_only=False)) == 0
        same &= np.diff(rows["segment"].to_numpy()) == 0
        same &= np.diff(rows["time_s"].to_numpy()) == 1
        self.follows = np.concatenate([[last is not None and self._key(0, 0) == last], same])

    def last(self) -> tuple[object, ...]:
        """Address, segment and time of the row that would follow."""
        return self._key(len(self.group) - 1, 1)

    def _key(self, row: int, later_s: int) -> tuple[object, ...]:
        address, segment, time = (self._rows[name][row].as_py() for name in ("icao24", "segment", "time_s"))
        return address, segment, time + later_s

    def columns(self, altitude: str) -> Mapping[str, npt.NDArray[np.generic]]:
        """The variables of a model by name, from the altitude baro or geo."""

        def column(name: str) -> npt.NDArray[np.generic]:
            values: npt.NDArray[np.generic] = self._rows[name].to_numpy(zero_copy_only=False)
            return values

        return {
            "G": column("G"),
            "A": column("A"),
            "L": column(f"alt_{altitude}_ft_agl"),
            "v": column("speed_estimate_kt"),
            "dv": column("dv_estimate_kt_s"),
            "dh": 60.0 * column(f"dh_{altitude}_ft_s").astype(np.float64),
            "dpsi": column("dpsi_deg_s"),
        }

    def seen(self, reason: npt.NDArray[np.int8]) -> dict[str, IntArray]:
        """Whom and when the observations are of, and why other seconds are none.

        Parameters
        ----------
        reason
            Why each row is no observation, 0 where it is one.

        Returns
        -------
        dict
            Rows of (key, squawk group, seconds): `aircraft` by address, `days` by days since 1970 (UTC), both
            of observations, and `left` by reason.
        """
        observed = reason == 0
        aircraft = self._by_group(self._address.indices.to_numpy(zero_copy_only=False), observed)
        aircraft[:, 0] = addresses(self._address.dictionary.to_numpy(zero_copy_only=False))[aircraft[:, 0]]
        days = self._rows["time_s"].to_numpy() // SECONDS_A_DAY
        return {
            "aircraft": aircraft,
            "days": self._by_group(days, observed),
            "left": self._by_group(reason, ~observed),
        }

    def _by_group(self, key: npt.NDArray[np.integer], rows: npt.NDArray[np.bool_]) -> IntArray:
        """Count rows: rows of (key, group, count)."""
        low, high = int(key.min()), int(key.max())
        count = np.zeros((high - low + 1, GROUPS), np.int64)
        count_by(key, low, self.group, rows, count)
        cells = np.flatnonzero(count)
        return np.stack([cells // GROUPS + low, cells % GROUPS, count.ravel()[cells]], axis=1)


def addresses(texts: npt.NDArray[np.generic]) -> IntArray:
    """Return addresses of six hexadecimal digits as numbers.

    >>> addresses(np.array(["00000A", "A00F12"])).tolist()
    [10, 10489618]
    """
    digits = np.frombuffer(texts.astype("S6").tobytes(), np.uint8).reshape(-1, 6).astype(np.int64)
    digits -= np.where(digits >= ord("A"), ord("A") - 10, ord("0"))
    numbers: IntArray = digits @ (16 ** np.arange(5, -1, -1))
    return numbers


def batches(leaf: Path, models: tuple[ModelSettings, ...], altitude_mode: str) -> Iterator[Batch]:
    """Read a leaf of tracks in pieces, in order.

    Raises
    ------
    InputError
        The leaf is missing, damaged or no table of tracks.
    """
    last: tuple[object, ...] | None = None
    with open_parquet(leaf) as file:
        TRACKS.check(file.schema_arrow, leaf)
        for rows in file.iter_batches(BATCH_ROWS, columns=_needed(models, altitude_mode)):
            if rows.num_rows:
                batch = Batch(rows, last)
                last = batch.last()
                yield batch


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a Parquet file; raise `InputError` where it is missing or damaged."""
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError:
        raise InputError(path, "no such file", "run the stage before again") from None
    except (pa.ArrowException, OSError) as error:
        text = " ".join(str(error).split())
        raise InputError(path, f"not a Parquet file ({text})", "remove it and make it anew") from None


def _needed(models: tuple[ModelSettings, ...], altitude_mode: str) -> list[str]:
    altitudes = sorted({altitude_of(settings, altitude_mode) for settings in models})
    names = [name for a in altitudes for name in (f"alt_{a}_ft_agl", f"dh_{a}_ft_s")]
    fixed = ["icao24", "segment", "time_s", "squawk", "A", "G"]
    return [*fixed, "speed_estimate_kt", "dv_estimate_kt_s", "dpsi_deg_s", *names]
