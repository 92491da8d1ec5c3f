"""Conversions between the units of the raw input (SI, or the traffic dialect) and aviation units.

Every factor is exact by definition: 1 kt = 1852/3600 m/s, 1 ft = 0.3048 m. The functions take and return
numbers or NumPy arrays. Not polars expressions: polars divides by a constant by multiplying with its rounded
reciprocal, which is off in the last bit in a third of all cases.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

Value = TypeVar("Value", float, "np.ndarray[tuple[int, ...], np.dtype[np.float64]]")

M_PER_FT = 0.3048
"""Metres in an international foot (exact)."""
M_S_PER_KT = 1852 / 3600
"""Metres a second in a knot (exact by definition of the nautical mile)."""
M_PER_NM = 1852.0
"""Metres in a nautical mile (exact by definition)."""
FT_PER_NM = 1852 / 0.3048
"""Feet in a nautical mile."""


def m_to_ft(metres: Value) -> Value:
    """Convert metres to feet; metres a second to feet a second."""
    return metres / M_PER_FT


def ft_to_m(feet: Value) -> Value:
    """Convert feet to metres; feet a second to metres a second."""
    return feet * M_PER_FT


def m_s_to_kt(speed: Value) -> Value:
    """Convert metres a second to knots."""
    return speed / M_S_PER_KT


def kt_to_m_s(speed: Value) -> Value:
    """Convert knots to metres a second."""
    return speed * M_S_PER_KT


def ft_min_to_ft_s(rate: Value) -> Value:
    """Convert feet a minute to feet a second."""
    return rate / 60


def ft_s_to_ft_min(rate: Value) -> Value:
    """Convert feet a second to feet a minute."""
    return rate * 60
