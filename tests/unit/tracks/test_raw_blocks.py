"""What streams: one item ahead, damage found on the way, Avro and Parquet in blocks."""

import gzip
import io
import tarfile
import threading

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data_schemas.errors import InputError
from tracks.raw import read_blocks, read_hour
from tracks.raw.ahead import one_ahead

HEADER = b"time,icao24,lat,lon,baroaltitude,callsign\n"
LINE = b"1633608000,4b1805,47.45,8.55,304.8,SWR12\n"


def readers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_items_come_in_order_and_what_is_raised_in_its_turn():
    def items():
        yield 1
        yield 2
        raise InputError("x", "broken")

    found = one_ahead(items())
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(InputError, match="broken"):
        next(found)
    assert not readers()


@pytest.mark.parametrize("stop", [0, 1, 3])
def test_consumer_that_stops_early_leaves_no_thread_and_no_open_file(stop):
    closed = []

    def items():
        try:
            yield from range(100)
        finally:
            closed.append(threading.current_thread().name)

    found = one_ahead(items())
    for _ in range(stop):
        next(found)
    found.close()
    assert not readers()
    assert len(closed) == (stop > 0)


def test_reading_that_stops_early_leaves_no_thread(tmp_path):
    (tmp_path / "h.csv.gz").write_bytes(gzip.compress(HEADER + LINE * 5000))
    blocks = read_blocks(tmp_path / "h.csv.gz", 1000)
    next(blocks)
    assert len(readers()) == 1
    del blocks
    assert not readers()


def tar_of(data):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("states.csv.gz")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@pytest.mark.parametrize("name", ["h.csv.gz", "h.csv.tar"])
def test_damage_behind_good_blocks_is_an_error_of_the_file(tmp_path, name):
    lines = b"".join(b"%d,4b1805,47.45,8.55,%d,SWR12\n" % (i, i * 7919 % 10007) for i in range(20000))
    whole = gzip.compress(HEADER + lines)
    cut = whole[: len(whole) * 3 // 4]
    bent = whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:]
    for data in (cut, bent, whole + b"tail"):
        (tmp_path / name).write_bytes(tar_of(data) if name.endswith(".tar") else data)
        blocks = read_blocks(tmp_path / name, 10_000)
        assert len(next(blocks)) > 100
        with pytest.raises(InputError, match="truncated or damaged gzip"):
            list(blocks)
        assert not readers()


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(1, 5000))
def test_avro_of_several_blocks(tmp_path_factory, sizes, block_bytes):
    """The header is written once, the blocks of other files with the same mark behind it."""
    whole, ends, frames = b"", [], []
    for i, size in enumerate(sizes):
        frame = pl.DataFrame(
            {"time": [float(i)] * size, "icao24": [f"{i:06x}"] * size, "callsign": [f"A{i} "] * size}
        )
        frame = frame.with_columns(
            lat=pl.lit(1.0), lon=pl.lit(2.0), altitude=pl.int_range(pl.len()).cast(pl.Float64)
        )
        stream = io.BytesIO()
        frame.write_avro(stream, compression="deflate")
        data = stream.getvalue()
        start = data.index(data[-16:]) + 16
        ends += [len(whole or data[:start])]
        whole += data[start:] if whole else data
        frames.append(frame)
    file = tmp_path_factory.mktemp("avro") / "h.avro"
    file.write_bytes(whole)
    blocks = list(read_blocks(file, block_bytes))
    assert [sum(sizes)] == [sum(len(block) for block in blocks)]
    assert len(blocks) == len(sizes) or block_bytes >= 128
    expected = pl.concat(frames)
    hour = read_hour(file)
    assert hour["time_s"].to_list() == expected["time"].to_list()
    assert hour["alt_baro_ft_msl"].to_list() == expected["altitude"].to_list()
    assert hour["callsign"].to_list() == expected["callsign"].str.strip_chars().to_list()
    whole_blocks = {len(whole) - end for end in ends}  # cut off, they leave a file with fewer rows
    for cut in {1, 17, len(whole) // 3} - whole_blocks:
        file.write_bytes(whole[:-cut])
        with pytest.raises(InputError, match="not a readable Avro file"):
            list(read_blocks(file, block_bytes))


def test_avro_without_rows_or_with_another_schema(tmp_path):
    frame = pl.DataFrame({"time": [1.0], "icao24": ["abcdef"], "lat": [1.0], "lon": [2.0], "altitude": [3.0]})
    stream = io.BytesIO()
    frame.write_avro(stream)
    data = stream.getvalue()
    (tmp_path / "h.avro").write_bytes(data[: data.index(data[-16:]) + 16])
    assert read_hour(tmp_path / "h.avro").height == 0
    (tmp_path / "h.avro").write_bytes(data.replace(b'"record"', b'"reward"'))
    with pytest.raises(InputError, match="not a readable Avro file"):
        read_hour(tmp_path / "h.avro")


def test_parquet_in_blocks_whatever_its_row_groups(tmp_path):
    rows = 1000
    frame = pl.DataFrame(
        {"time": range(rows), "icao24": [f"{i:06x}" for i in range(rows)], "altitude": range(rows)}
    )
    frame = frame.with_columns(
        lat=pl.col("time") / 100, lon=pl.lit(0.0), callsign=pl.format("C{}", pl.col("time") % 7)
    )
    for size in (10, 300, 5000):
        frame.write_parquet(tmp_path / "h.parquet", row_group_size=size)
        blocks = list(read_blocks(tmp_path / "h.parquet", 128 * 64))
        assert all(len(block) <= 64 for block in blocks)
        hour = read_hour(tmp_path / "h.parquet")
        assert hour["time_s"].to_list() == list(range(rows))
        assert_frame_equal(pl.concat(block.frame() for block in blocks), hour)
        assert hour["callsign"].to_list() == frame["callsign"].to_list()
