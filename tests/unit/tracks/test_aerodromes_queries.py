"""The list of queries and its SQL: parsed as Trino reads it, and run on SQLite beside a plain filter."""

import datetime as dt
import sqlite3

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
import rasterio
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from data_schemas.config import QuerySettings
from data_schemas.config.enrich import EnrichSettings
from data_schemas.errors import InputError
from data_schemas.tables.queries import QUERIES
from data_schemas.tables.raw import RAW_COLUMNS
from tracks.aerodromes.boxes import Boxes
from tracks.aerodromes.heights import ground_ft
from tracks.aerodromes.listing import answer_names, read_list, write_list
from tracks.aerodromes.queries import query_list, zone_hours
from tracks.aerodromes.sql import statements
from tracks.enrich import Enrichment

DAYS = [dt.date(2019, 6, 3), dt.date(2019, 6, 10)]
EDGES = np.array(
    [[-161.1, 60.5, -160.5, 60.9], [-84.668913, 33.619715, -84.235492, 34.239499], [0, 1, 0.5, 2]]
)
BOXES = Boxes(EDGES, (("PABE",), ("KATL", "KPDK"), ("X",)))
GROUND = (np.array([0.0, 700.0, 8000.0]), np.array([100.0, 1200.0, 9000.0]))


def listed(**changes):
    return query_list(BOXES, GROUND, DAYS, QuerySettings(**changes))


def test_every_box_in_every_hour_of_the_local_day():
    queries = listed()
    assert queries.columns == QUERIES.names
    assert queries.height == 3 * 2 * 18
    for number, offset in ((1, -11), (2, -6), (3, 0)):  # zone time: -160.8, -84.45, 0.25 degrees over 15
        zone = dt.timezone(dt.timedelta(hours=offset))
        expected = {
            int(dt.datetime(day.year, day.month, day.day, hour, tzinfo=zone).timestamp())
            for day in DAYS
            for hour in range(5, 23)
        }
        mine = queries.filter(box=number)
        assert set(mine["start_s"]) == expected
        assert (mine["start_s"] % 3600 == 0).all()
        assert (mine["stop_s"] - mine["start_s"]).unique().to_list() == [3600]
        west, south, east, north = EDGES[number - 1]
        assert mine.select("west_deg", "south_deg", "east_deg", "north_deg").unique().rows() == [
            (west, south, east, north)
        ]
    limits = queries.select("box", "floor_ft_msl", "ceiling_ft_msl").unique().sort("box").rows()
    assert limits == [(1, 0, 5200), (2, 700, 6300), (3, 8000, 12500)]
    assert set(queries.filter(box=2)["aerodromes"].cast(pl.String)) == {"KATL KPDK"}


@given(st.floats(-180, 180))
def test_zone_time_is_within_half_an_hour_of_the_sun(lon):
    (hours,) = zone_hours(np.array([[lon, 0, lon, 1]]))
    assert abs(hours - lon / 15) <= 0.5 + 1e-9


def test_order_is_random_by_seed_and_groups_are_full():
    queries, again, other = listed(queries_per_group=10), listed(queries_per_group=10), listed(seed=1)
    assert queries.equals(again)
    assert queries["query"].to_list() == list(range(1, 109))
    assert [len(group) for group in queries.partition_by("group", maintain_order=True)] == [10] * 10 + [8]
    assert not queries["start_s"].equals(other["start_s"])
    columns = ["box", "start_s"]
    assert queries.select(columns).sort(columns).equals(other.select(columns).sort(columns))


def test_a_box_under_the_ground_is_refused():
    high = (GROUND[0] + 6000, GROUND[1] + 6000)
    with pytest.raises(
        InputError, match=r"query\.max_top_ft_msl: leaves nothing .* about X \(floor 14000 ft"
    ):
        query_list(BOXES, high, DAYS, QuerySettings())


def test_statement_as_trino_reads_it():
    queries = listed()
    for altitude in ("baro", "geo"):
        for sql, row in zip(statements(queries, altitude)[:20], queries.iter_rows(named=True), strict=False):
            tree = sqlglot.parse_one(sql, dialect="trino")
            assert [column.name for column in tree.selects] == list(RAW_COLUMNS)
            assert [table.name for table in tree.find_all(exp.Table)] == ["state_vectors_data4"]
            (partition,) = (test for test in tree.find_all(exp.EQ) if test.this.name == "hour")
            assert int(partition.expression.this) == row["start_s"]
            (between,) = tree.find_all(exp.Between)
            assert between.this.name == f"{altitude}altitude"
            low, high = (float(between.args[name].this) for name in ("low", "high"))
            assert low == pytest.approx(row["floor_ft_msl"] * 0.3048, abs=0.005)
            assert high == pytest.approx(row["ceiling_ft_msl"] * 0.3048, abs=0.005)
            assert tree.sql(dialect="trino") == sql


def test_statements_find_what_a_plain_filter_finds():
    draw = np.random.default_rng(3)
    queries = listed()
    some = queries.sample(3000, with_replacement=True, seed=1)
    rows = 3000
    vectors = pl.DataFrame({name: draw.uniform(0, 1, rows) for name in RAW_COLUMNS}).with_columns(
        time=some["start_s"] + draw.integers(-600, 4200, rows),
        lat=some["south_deg"] + (some["north_deg"] - some["south_deg"]) * draw.uniform(-0.2, 1.2, rows),
        lon=some["west_deg"] + (some["east_deg"] - some["west_deg"]) * draw.uniform(-0.2, 1.2, rows),
        baroaltitude=pl.when(pl.Series(draw.random(rows) < 0.9)).then(
            pl.Series(draw.integers(-40, 600, rows) * 7.62)
        ),
    )
    edge = queries.row(0, named=True)  # on the edges: west and south are in the box, east and north are not
    corners = vectors.head(2).with_columns(
        time=pl.Series([edge["start_s"], edge["start_s"]]),
        lat=pl.Series([edge["south_deg"], edge["north_deg"]]),
        lon=pl.Series([edge["west_deg"], edge["west_deg"]]),
        baroaltitude=pl.lit(edge["ceiling_ft_msl"] * 0.3048),
    )
    vectors = pl.concat([vectors, corners]).with_columns(hour=pl.col("time") // 3600 * 3600)
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE state_vectors_data4 ({', '.join(vectors.columns)})")
    marks = ", ".join("?" * len(vectors.columns))
    database.executemany(f"INSERT INTO state_vectors_data4 VALUES ({marks})", vectors.rows())
    total = 0
    for sql, row in zip(statements(queries, "baro"), queries.iter_rows(named=True), strict=True):
        found = database.execute(sql).fetchall()
        expected = vectors.filter(
            pl.col("time") // 3600 == row["start_s"] // 3600,
            pl.col("lat") >= row["south_deg"],
            pl.col("lat") < row["north_deg"],
            pl.col("lon") >= row["west_deg"],
            pl.col("lon") < row["east_deg"],
            pl.col("baroaltitude") >= row["floor_ft_msl"] * 0.3048 - 0.005,
            pl.col("baroaltitude") <= row["ceiling_ft_msl"] * 0.3048 + 0.005,
        ).select(RAW_COLUMNS)
        assert sorted(found) == sorted(expected.rows())
        total += len(found)
    database.close()
    assert total > 300


def test_list_on_disk(tmp_path):
    queries = listed(queries_per_group=50)
    write_list(queries, "geo", tmp_path)
    table = pq.read_table(tmp_path / "queries.parquet")
    QUERIES.check(table.schema, "x")
    assert table.schema.field("ceiling_ft_msl").metadata[b"unit"] == b"ft"
    again, altitude = read_list(tmp_path)
    assert altitude == "geo"
    columns = [name for name in QUERIES.names if name != "aerodromes"]
    assert again.select(columns).equals(queries.select(columns))
    texts = [(tmp_path / "sql" / f"000{group}.sql").read_text() for group in (1, 2, 3)]
    parsed = [sqlglot.parse(text, dialect="trino") for text in texts]
    assert [len(group) for group in parsed] == [50, 50, 8]
    first = texts[0].splitlines()[0]
    assert first == f"-- {answer_names(queries)[0]}: {queries['aerodromes'][0]}"
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.*")}
    write_list(queries, "geo", tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.*")} == before


def test_shorter_list_leaves_no_old_sql_and_answers_are_kept_from_a_mix(tmp_path):
    write_list(listed(queries_per_group=50), "geo", tmp_path)
    write_list(listed(), "geo", tmp_path)
    assert [file.name for file in (tmp_path / "sql").iterdir()] == ["0001.sql"]
    answer = tmp_path / "raw" / "0001" / "a.parquet"
    answer.parent.mkdir(parents=True)
    answer.touch()
    write_list(listed(), "geo", tmp_path)
    kept = (tmp_path / "queries.parquet").read_bytes()
    with pytest.raises(InputError, match="holds answers to other queries"):
        write_list(listed(seed=1), "geo", tmp_path)
    assert (tmp_path / "queries.parquet").read_bytes() == kept


@pytest.mark.parametrize(("content", "message"), [(None, "no such list"), (b"x", "not a Parquet file")])
def test_a_list_that_cannot_be_read(tmp_path, content, message):
    if content:
        (tmp_path / "queries.parquet").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_list(tmp_path)


def test_ground_is_that_of_the_grid_in_the_box(tmp_path):
    grid = tmp_path / "grid.tif"
    values = np.random.default_rng(5).integers(1, 3000, (240, 240)).astype("int16")
    place = rasterio.Affine(1 / 120, 0, 10, 0, -1 / 120, 50)
    with rasterio.open(
        grid,
        "w",
        driver="GTiff",
        height=240,
        width=240,
        count=1,
        dtype="int16",
        crs="EPSG:4326",
        transform=place,
    ) as file:
        file.write(values, 1)
    terrain = Enrichment.load(EnrichSettings(elevation_grids=(str(grid),)))
    # Edges at the centres of cells, so that the net of half a minute hits every centre in the box.
    west, south, east, north = 10 + 60.5 / 120, 50 - 100.5 / 120, 10 + 90.5 / 120, 50 - 80.5 / 120
    low, high = ground_ft(Boxes(np.array([[west, south, east, north]]), (("A",),)), terrain)
    inside = values[80:101, 60:91]
    assert low[0] == pytest.approx(inside.min() / 0.3048)
    assert high[0] == pytest.approx(inside.max() / 0.3048)
    with pytest.raises(InputError, match=r"enrich\.elevation_grids: no terrain about B \(1\.00 to 2\.00 N"):
        ground_ft(Boxes(np.array([[3.0, 1.0, 4.0, 2.0]]), (("B",),)), terrain)
