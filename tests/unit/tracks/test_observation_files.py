from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tracks.observation_files import row_groups
from tracks.observations import Observations


def pieces(addresses, cuts):
    """Rows of these addresses, which hold their numbers as times, in pieces cut anywhere."""
    none = Observations.none()
    rows = pl.DataFrame({"icao24": addresses, "time_s": np.arange(len(addresses))}, strict=False)
    rows = pl.concat([none.rows, rows.cast({"icao24": pl.UInt32, "time_s": pl.Float64})], how="diagonal")
    bounds = sorted({0, len(addresses), *(cut % (len(addresses) + 1) for cut in cuts)})
    for start, stop in pairwise(bounds):
        yield Observations(rows[start:stop], none.callsigns), np.zeros(stop - start, np.int32)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 30), max_size=12),
    st.integers(1, 20),
    st.lists(st.integers(0, 400), max_size=5),
    st.booleans(),
)
def test_row_groups_cover_all_rows_once_however_they_come(lengths, size, cuts, whole):
    addresses = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
    found = list(row_groups(pieces(addresses, cuts), size, whole_aircraft=whole))
    rows = [int(row) for group, _ in found for row in group.rows["time_s"]]
    assert rows == list(range(len(addresses)))
    assert [len(ranks) for _, ranks in found] == [len(group) for group, _ in found]
    assert all(0 < len(group) <= size for group, _ in found)
    ends = np.cumsum([len(group) for group, _ in found]).tolist()
    if not whole:
        assert all(len(group) == size for group, _ in found[:-1])
        return
    starts = np.cumsum([0, *lengths]).tolist()
    for first, last in pairwise(starts):
        split = any(first < end < last for end in ends)
        assert not split or last - first > size
    for begin, end in pairwise([0, *ends]):  # no group could have taken the next aircraft too
        following = [last for first, last in pairwise(starts) if first <= end < last]
        assert end == len(addresses) or following[0] - begin > size
