from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

import tracks.observation_files
from data_schemas.tables.observations import ARCHIVED
from tracks.observation_files import DICTIONARY, SPLIT, read_rows, row_groups, write_group, writer
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
)
def test_row_groups_cover_all_rows_once_however_they_come(lengths, size, cuts):
    addresses = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
    found = list(row_groups(pieces(addresses, cuts), size))
    rows = [int(row) for group, _ in found for row in group.rows["time_s"]]
    assert rows == list(range(len(addresses)))
    assert [len(ranks) for _, ranks in found] == [len(group) for group, _ in found]
    assert all(0 < len(group) <= size for group, _ in found)
    ends = np.cumsum([len(group) for group, _ in found]).tolist()
    starts = np.cumsum([0, *lengths]).tolist()
    for first, last in pairwise(starts):
        split = any(first < end < last for end in ends)
        assert not split or last - first > size
    for begin, end in pairwise([0, *ends]):  # no group could have taken the next aircraft too
        following = [last for first, last in pairwise(starts) if first <= end < last]
        assert end == len(addresses) or following[0] - begin > size


def every_value(rows):
    """Rows of values that encodings may bend: all digits, extremes, missing ones."""
    generator = np.random.default_rng(3)
    floats = np.concatenate([generator.normal(0, 1e4, rows - 4), [5e-324, -1.7e308, 1 / 3, 0.0]])
    columns = {}
    for name in ARCHIVED.names:
        values = pl.Series(generator.permutation(floats))
        values = values.set(pl.Series(generator.random(rows) < 0.2), None)
        columns[name] = values if name not in ("lat_deg", "lon_deg") else values.fill_null(1.0)
    frame = pl.DataFrame(columns)
    return frame.with_columns(
        pl.Series("icao24", np.sort(generator.integers(0, 9, rows).astype(np.uint32) * 1_864_135)),
        pl.Series("time_s", 1633608000 + np.arange(rows) / 7),
        pl.Series("callsign", generator.choice(["A", "ÄÖ", "Z9"], rows).tolist()).set(
            pl.Series(generator.random(rows) < 0.2), None
        ),
        pl.Series("squawk", generator.integers(0, 7777, rows), pl.Int16),
        *(pl.Series(name, generator.random(rows) < 0.1) for name in ("onground", "alert", "spi")),
    )


def test_polars_and_pyarrow_read_back_every_bit(tmp_path, monkeypatch):
    rows = every_value(5000)
    observations = Observations.of(rows)
    file = tmp_path / "leaf.parquet"
    with writer(file, ARCHIVED, 2) as target:
        for start in range(0, 5000, 2000):
            write_group(target, observations[start : start + 2000].table(target.schema))
    expected = rows.with_columns(pl.col("icao24").map_elements("{:06X}".format, pl.String)).to_dicts()
    assert pq.read_table(file).to_pylist() == expected
    found = pl.read_parquet(file)
    assert found.with_columns(pl.col(pl.Categorical).cast(pl.String)).to_dicts() == expected
    metadata = pq.read_metadata(file)
    assert [metadata.row_group(i).num_rows for i in range(3)] == [2000, 2000, 1000]
    encodings = {
        metadata.row_group(0).column(i).path_in_schema: metadata.row_group(0).column(i).encodings
        for i in range(metadata.num_columns)
    }
    assert all("BYTE_STREAM_SPLIT" in encodings[name] for name in SPLIT)
    assert all("RLE_DICTIONARY" in encodings[name] for name in ("icao24", "callsign", *DICTIONARY))
    for many, start, size in (
        (1 << 16, 1990, 20),
        (1, 1990, 20),
        (1, 1990, 2000),
        (1, 4900, 200),
        (1, 5000, 9),
    ):
        monkeypatch.setattr(tracks.observation_files, "_MANY_ROWS", many)
        part, _ = read_rows(file, start, size)
        wanted = rows[start : start + size]
        assert part.rows.drop("callsign").equals(wanted.drop("callsign"))
        names = [None if i is None else part.callsigns[i].as_py() for i in part.rows["callsign"]]
        assert names == wanted["callsign"].to_list()
