import datetime as dt
import gzip

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.raw import read_hour

HEADER = (
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,alert,spi,squawk,"
    "baroaltitude,geoaltitude,lastposupdate,lastcontact"
)
ROW = (
    "1633608000,4b1805,47.45,8.55,102.888,90,-5.08,SWR12  ,False,True,0,0077,"
    "304.8,NaN,1633607999.5,1633607999.9"
)


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(tmp_path, text, name="h.csv"):
    return read_hour(write(tmp_path / name, text))


def test_one_row_in_si_becomes_aviation_units(tmp_path):
    frame = read(tmp_path, f"{HEADER}\n{ROW}\n{ROW}\n")
    assert frame.columns == ARCHIVED.names
    assert frame.schema["icao24"] == pl.UInt32
    assert frame.schema["squawk"] == pl.Int16
    row, other = frame.to_dicts()
    assert row == other
    assert row == {
        "icao24": 0x4B1805,
        "time_s": 1633608000.0,
        "lat_deg": 47.45,
        "lon_deg": 8.55,
        "alt_baro_ft_msl": 1000.0,
        "alt_geo_ft_msl": None,
        "speed_kt": 102.888 / (1852 / 3600),
        "course_deg": 90.0,
        "vertical_rate_ft_s": -5.08 / 0.3048,
        "callsign": "SWR12",
        "onground": False,
        "alert": True,
        "spi": False,
        "squawk": 77,
        "lastposupdate_s": 1633607999.5,
        "lastcontact_s": 1633607999.9,
    }
    assert row["speed_kt"] == pytest.approx(199.9983, abs=1e-4)
    assert row["vertical_rate_ft_s"] == pytest.approx(-1000 / 60, abs=1e-12)


def test_columns_in_any_order_and_unknown_ones(tmp_path):
    text = 'lon, LAT ,extra,"icao24",geoaltitude,time\n8.5,47.5,"a,""b",abcdef,30.48,5\n'
    (row,) = read(tmp_path, text).to_dicts()
    assert (row["lon_deg"], row["lat_deg"], row["icao24"], row["time_s"]) == (8.5, 47.5, 0xABCDEF, 5)
    assert row["alt_geo_ft_msl"] == pytest.approx(100, abs=1e-12)
    assert row["lastcontact_s"] == 5  # a file without lastcontact uses time
    assert (row["onground"], row["alert"], row["spi"]) == (False, False, False)
    assert [row[k] for k in ("alt_baro_ft_msl", "callsign", "squawk", "lastposupdate_s")] == [None] * 4


def test_column_without_a_name(tmp_path):
    frame = read(tmp_path, "time,icao24,lat,lon,baroaltitude,\n5,abcdef,1,2,3,\n6,abcdef,1,2,3,x\n")
    assert frame["time_s"].to_list() == [5, 6]


def test_missing_lastcontact_of_a_row_stays_missing(tmp_path):
    text = "time,icao24,lat,lon,baroaltitude,lastcontact\n5,abcdef,1,2,3,\n"
    assert read(tmp_path, text)["lastcontact_s"].to_list() == [None]


def test_text_among_numbers_changes_nothing_else(tmp_path):
    rows = [ROW, ROW.replace("47.45", "47.123456789012345"), ROW.replace("304.8", " 304.8 ")]
    plain = read(tmp_path, "\n".join([HEADER, *rows[:2], ROW]))
    mixed = read(tmp_path, "\n".join([HEADER, *rows]))
    assert_frame_equal(plain, mixed)
    spoilt = read(tmp_path, "\n".join([HEADER, *rows[:2], ROW.replace("304.8", "n/a")]))
    assert spoilt["alt_baro_ft_msl"].null_count() == 1
    assert_frame_equal(spoilt.drop("alt_baro_ft_msl"), plain.drop("alt_baro_ft_msl"))


def test_line_ends_byte_order_mark_and_blank_end(tmp_path):
    plain = read(tmp_path, f"{HEADER}\n{ROW}\n{ROW}")
    for text in (
        f"{HEADER}\r\n{ROW}\r\n{ROW}\r\n",
        f"\ufeff{HEADER}\n{ROW}\n{ROW}\n\n\n",
        f"{HEADER}\r\n{ROW}\r\n{ROW}\r\n\r\n",
    ):
        assert_frame_equal(read(tmp_path, text), plain)


def test_header_alone_is_an_hour_without_rows(tmp_path):
    for text in (HEADER, HEADER + "\n"):
        frame = read(tmp_path, text)
        assert frame.height == 0
        assert frame.columns == ARCHIVED.names


@pytest.mark.parametrize(
    ("bad", "line", "said"),
    [
        (ROW[:40], 3, "fields, but the header has 16"),
        (ROW + ",", 3, "17 fields"),
        ("", 3, "1 fields"),
        ("\x00", 3, "1 fields"),
        (ROW.replace("SWR12  ", '"SWR12'), 3, "quote that is not closed"),
    ],
)
def test_bad_line_is_named(tmp_path, bad, line, said):
    for after in (f"\n{ROW}\n", "\n", ""):
        if not bad and not after.strip():
            continue  # blank lines at the end are no rows
        with pytest.raises(InputError, match=said) as caught:
            read(tmp_path, f"{HEADER}\n{ROW}\n{bad}{after}")
        assert caught.value.where.endswith(f"h.csv, line {line}")


def test_short_line_is_not_made_up_for_by_a_long_one(tmp_path):
    with pytest.raises(InputError, match="15 fields"):
        read(tmp_path, f"{HEADER}\n{ROW.rpartition(',')[0]}\n{ROW},\n")


def test_invalid_utf8_is_named(tmp_path):
    bad = ROW.encode().replace(b"SWR12", b"SWR\xff2")
    with pytest.raises(InputError, match="not UTF-8") as caught:
        read(tmp_path, b"\n".join([HEADER.encode(), ROW.encode(), bad, ROW.encode()]))
    assert caught.value.where.endswith("line 3")


def test_quoted_values_may_hold_commas_and_line_ends(tmp_path):
    row = ROW.replace("SWR12  ", '"A,\nB""C "')
    frame = read(tmp_path, f"{HEADER}\n{row}\n{ROW}\n")
    assert frame["callsign"].to_list() == ['A,\nB"C', "SWR12"]
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"{HEADER}\n{row}\n{ROW}\n1,2\n")
    assert caught.value.where.endswith("line 5")  # lines of the file, not rows


def test_stray_text_behind_a_quote_is_an_error_of_that_file(tmp_path):
    row = ROW.replace("SWR12  ", '"SWR"12')
    with pytest.raises(InputError, match=r"h\.csv"):
        read(tmp_path, f"{HEADER}\n{row}\n{ROW}\n")


@pytest.mark.parametrize("column", ["time", "icao24", "lat", "lon"])
def test_missing_column_is_named(tmp_path, column):
    header = HEADER.replace(column, "other", 1)
    with pytest.raises(InputError, match=f"missing column {column}"):
        read(tmp_path, f"{header}\n{ROW}\n")


def test_one_altitude_is_enough_and_none_is_not(tmp_path):
    text = "time,icao24,lat,lon,{}\n5,abcdef,1,2,3\n"
    for name in ("baroaltitude", "geoaltitude", "altitude"):
        assert read(tmp_path, text.format(name)).height == 1
    with pytest.raises(InputError, match="missing column baroaltitude/altitude"):
        read(tmp_path, text.format("height"))


def test_two_columns_of_one_meaning_are_refused(tmp_path):
    with pytest.raises(InputError, match="'lat' and 'latitude'"):
        read(tmp_path, "time,icao24,lat,latitude,lon,baroaltitude\n5,abcdef,1,1,2,3\n")


def flights():
    """Return rows of the traffic library: ft, kt, ft/min, times as datetimes."""
    start = dt.datetime(2018, 8, 1, 5, 0, 10, 500_000, tzinfo=dt.UTC)
    return pl.DataFrame(
        {
            "timestamp": [start, start + dt.timedelta(seconds=1), None],
            "icao24": ["4b1805", "3c6444", "3c6444"],
            "latitude": [47.45, -33.5, 0.0],
            "longitude": [8.55, 151.25, -180.0],
            "groundspeed": [120.0, 451.5, None],
            "track": [90.0, 359.9, None],
            "vertical_rate": [-1280.0, 0.0, 64.0],
            "callsign": ["SWR12", None, "DLH9"],
            "onground": [False, True, None],
            "squawk": ["0077", "7700", None],
            "altitude": [2500.0, 35000.0, None],
            "geoaltitude": [2625.0, None, 350.0],
            "last_position": [start, None, None],
        }
    )


def test_traffic_dialect_is_the_same_table_as_si(tmp_path):
    frame = flights()
    seconds = frame["timestamp"].dt.epoch("us") / 1e6
    si = frame.select(
        seconds.alias("time"),
        "icao24",
        pl.col("latitude").alias("lat"),
        pl.col("longitude").alias("lon"),
        (pl.col("groundspeed") * (1852 / 3600)).alias("velocity"),
        pl.col("track").alias("heading"),
        (pl.col("vertical_rate") / 60 * 0.3048).alias("vertrate"),
        "callsign",
        "onground",
        "squawk",
        (pl.col("altitude") * 0.3048).alias("baroaltitude"),
        (pl.col("geoaltitude") * 0.3048).alias("geoaltitude"),
        (pl.col("last_position").dt.epoch("us") / 1e6).alias("lastposupdate"),
    )
    si.write_csv(tmp_path / "si.csv")
    frame.write_csv(tmp_path / "traffic.csv")  # times as ISO texts
    frame.write_parquet(tmp_path / "traffic.parquet")  # times as datetimes
    frame.with_columns(timestamp=seconds).write_csv(tmp_path / "numbers.csv")
    expected = read_hour(tmp_path / "si.csv")
    for name in ("traffic.csv", "traffic.parquet", "numbers.csv"):
        # The SI file holds rounded products, so the last bit of the quotients may differ.
        assert_frame_equal(read_hour(tmp_path / name), expected, rel_tol=1e-15)
    exact = read_hour(tmp_path / "traffic.parquet")
    assert exact["alt_baro_ft_msl"].to_list() == [2500.0, 35000.0, None]
    assert exact["alt_geo_ft_msl"].to_list() == [2625.0, None, 350.0]
    assert exact["speed_kt"].to_list() == [120.0, 451.5, None]
    assert exact["vertical_rate_ft_s"].to_list() == [-1280 / 60, 0.0, 64 / 60]


def test_vertical_rate_of_a_file_without_traffic_marks_is_si(tmp_path):
    text = (
        "time,icao24,latitude,longitude,baro_altitude,vertical_rate,true_track\n5,abcdef,1,2,304.8,3.048,7\n"
    )
    (row,) = read(tmp_path, text).to_dicts()
    assert row["vertical_rate_ft_s"] == 3.048 / 0.3048
    assert row["alt_baro_ft_msl"] == 304.8 / 0.3048
    assert row["course_deg"] == 7


@pytest.mark.parametrize("dialect", ["si", "traffic"])
def test_every_form_gives_the_same_table(tmp_path, dialect):
    generator = np.random.default_rng(3)
    size = 300
    names = {"si": ["time", "lat", "lon", "baroaltitude", "velocity"]}
    names["traffic"] = ["timestamp", "latitude", "longitude", "altitude", "groundspeed"]
    data = pl.DataFrame({name: generator.normal(40, 30, size) for name in names[dialect]}).with_columns(
        pl.Series("icao24", [f"{i:06x}" for i in generator.integers(0, 1 << 24, size)]),
        pl.Series("callsign", [["AB1 ", None, "C"][i % 3] for i in range(size)]),
        pl.Series("squawk", [["0012", None, "7700"][i % 3] for i in range(size)]),
        pl.Series("onground", generator.random(size) < 0.5),
    )
    data.write_csv(tmp_path / "a.csv")
    write(tmp_path / "b.csv.gz", gzip.compress((tmp_path / "a.csv").read_bytes()))
    data.write_avro(tmp_path / "c.avro", compression="snappy")
    data.write_parquet(tmp_path / "d.parquet")
    data.with_columns(pl.col("icao24", "squawk").cast(pl.Categorical)).write_parquet(tmp_path / "e.parquet")
    expected = read_hour(tmp_path / "a.csv")
    assert expected.height == size
    for name in ("b.csv.gz", "c.avro", "d.parquet", "e.parquet"):
        assert_frame_equal(read_hour(tmp_path / name), expected)


@pytest.mark.parametrize("name", ["h.avro", "h.parquet"])
def test_damaged_binary_files_are_refused(tmp_path, name):
    frame = pl.DataFrame({"time": [1.0], "icao24": ["abcdef"], "lat": [1.0], "lon": [2.0], "altitude": [3.0]})
    whole = tmp_path / name
    getattr(frame, f"write_{whole.suffix[1:]}")(whole)
    data = whole.read_bytes()
    for cut, said in ((0, "empty"), (10, "not a readable"), (len(data) // 2, "not a readable")):
        with pytest.raises(InputError, match=said):
            read(tmp_path, data[:cut], name)
    getattr(frame.drop("icao24"), f"write_{whole.suffix[1:]}")(whole)
    with pytest.raises(InputError, match="missing column icao24"):
        read_hour(whole)


def test_column_of_a_wrong_type_is_named(tmp_path):
    frame = pl.DataFrame({"time": [1.0], "icao24": [11259375], "lat": [1.0], "lon": [2.0], "altitude": [3.0]})
    frame.write_parquet(tmp_path / "h.parquet")
    with pytest.raises(InputError, match="Int64") as caught:
        read_hour(tmp_path / "h.parquet")
    assert caught.value.where.endswith("column icao24")


def test_column_without_any_value_in_a_binary_file(tmp_path):
    frame = pl.DataFrame({"time": [1.0], "icao24": ["abcdef"], "lat": [1.0], "lon": [2.0], "altitude": [3.0]})
    frame.with_columns(callsign=None, squawk=None, onground=None, lastcontact=None).write_parquet(
        tmp_path / "h.parquet"
    )
    (row,) = read_hour(tmp_path / "h.parquet").to_dicts()
    assert (row["callsign"], row["squawk"], row["onground"], row["lastcontact_s"]) == (
        None,
        None,
        False,
        None,
    )


def test_missing_file_and_unknown_name_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_hour(tmp_path / "h.csv")
    with pytest.raises(InputError, match="not the name of a raw hour file"):
        read(tmp_path, "x", "h.json")
