"""Rows laid aside come back bit for bit, from any places."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.unit.tracks.test_observation_files import every_value
from tracks.observations import Observations
from tracks.shelf import keys, shelf


def text(rows):
    """Return rows with call signs as text."""
    names = pl.Series(rows.callsigns, dtype=pl.String)
    return rows.rows.with_columns(names.gather(rows.rows["callsign"]).alias("callsign"))


def test_rows_of_any_places_come_back_with_every_missing_value(tmp_path):
    rows = every_value(1000)
    ranks = np.arange(1000, dtype=np.int32) // 300
    with shelf(tmp_path / "leaf.parquet") as laid:
        laid.put(Observations.of(rows[:400]), ranks[:400])
        laid.put(Observations.of(rows[400:]), ranks[400:])
        found, rank = laid.take([slice(700, 710), slice(390, 410), slice(5, 5)])
        none, _ = laid.take([])
        assert len(list(tmp_path.iterdir())) == 1
    wanted = [*range(700, 710), *range(390, 410)]
    assert_frame_equal(text(found), rows[wanted].select(found.rows.columns))
    assert found.callsigns.to_pylist() == sorted(set(rows["callsign"][wanted].drop_nulls()))
    assert rank.tolist() == ranks[wanted].tolist()
    assert len(none) == 0
    assert not list(tmp_path.iterdir())


@given(
    st.lists(st.tuples(st.integers(0, 2**29 - 1), st.integers(0, 2**24 - 1), st.integers(0, 9)), min_size=1)
)
def test_keys_sort_as_leaf_address_and_time(rows):
    ranks, icao24, time_s = (np.array(column) for column in zip(*rows, strict=True))
    found = keys(ranks.astype(np.int32), icao24.astype(np.uint32), 1.6e9 + time_s / 7)
    assert np.array_equal(np.sort(found), found[np.lexsort((time_s, icao24, ranks))])
