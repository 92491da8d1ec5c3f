"""Step 9: the 1 Hz tracks of a leaf, made some seconds at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tracks.process import dynamics

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrackSeconds:
    """Some consecutive seconds of the 1 Hz tracks of a leaf.

    Attributes
    ----------
    offsets
        Where each segment's seconds start, and the end of the last. The first segment may have begun in the
        piece before, the last may go on in the next.
    aircraft, number
        Of each segment: position of its aircraft in the leaf, and its number from 1.
    origin_deg
        Shape (2, segments): latitude and longitude of each segment's first second, in whatever piece it is.
    second_s
        POSIX seconds.
    values
        Shape (12, seconds), the columns of `dynamics.COLUMNS`; longitude in [-180, 180), course in [0, 360).
    onground, squawk
        Of the last remaining observation at or before each second; squawk -1 where missing.
    """

    offsets: Ints
    aircraft: Ints
    number: npt.NDArray[np.int32]
    origin_deg: Floats
    second_s: Ints
    values: Floats
    onground: npt.NDArray[np.bool_]
    squawk: npt.NDArray[np.int16]

    def column(self, name: str) -> Floats:
        """Return a column of `dynamics.COLUMNS` by name."""
        found: Floats = self.values[dynamics.COLUMNS.index(name)]
        return found
