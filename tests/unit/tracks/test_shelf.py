"""Rows laid aside come back bit for bit, from any places."""

import numpy as np
import polars as pl
import pytest
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


@pytest.mark.parametrize("room", [100, 1000])
def test_rows_of_any_places_come_back_with_every_missing_value(tmp_path, room):
    rows = every_value(1000)
    ranks = np.arange(1000, dtype=np.int32) // 300
    wanted = [*range(700, 710), *range(390, 400), *range(400, 470)]
    with shelf(1000, room, tmp_path / "leaf.parquet") as laid:
        laid.put(Observations.of(rows[:400]), ranks[:400])
        laid.put(Observations.of(rows[400:]), ranks[400:])
        places = laid.bring(np.array([700, 390, 400]), np.array([10, 10, 70]))
        index = np.concatenate([np.arange(n) + at for at, n in zip(places, (10, 10, 70), strict=True)])
        found, rank = laid.take(index)
        assert len(laid.take(index[:0])[0]) == 0
        assert len(list(tmp_path.iterdir())) == (room < 1000)
    assert_frame_equal(text(found), rows[wanted].select(found.rows.columns))
    assert rank.tolist() == ranks[wanted].tolist()
    assert not list(tmp_path.iterdir())


@given(
    st.lists(st.tuples(st.integers(0, 2**29 - 1), st.integers(0, 2**24 - 1), st.integers(0, 9)), min_size=1)
)
def test_keys_sort_as_leaf_address_and_time(rows):
    ranks, icao24, time_s = (np.array(column) for column in zip(*rows, strict=True))
    found = keys(ranks.astype(np.int32), icao24.astype(np.uint32), 1.6e9 + time_s / 7)
    assert np.array_equal(np.sort(found), found[np.lexsort((time_s, icao24, ranks))])
