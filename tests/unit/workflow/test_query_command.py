"""`trackmill query`: from files of aerodromes, airspace and terrain to a list, SQL and a picture."""

import gzip
import json
from pathlib import Path

import matplotlib.image as mpimg
import numpy as np
import polars as pl
import pytest
import rasterio
import sqlglot
import yaml

from data_schemas.tables.queries import QUERIES
from tracks.aerodromes.boxes import aerodrome_boxes, aerodromes_within
from tracks.aerodromes.reading import read_aerodromes
from tracks.enrich.volumes import read_volumes
from workflow.cli.main import main, parser

SHARED = Path(__file__).parents[3].parent / "shared" / "data"

# Facts of the FAA: identifier, latitude, longitude, elevation. The last has no class B, C or D airspace.
AIRPORTS = """\
ident,type,latitude_deg,longitude_deg,elevation_ft
KSFO,large_airport,37.6188,-122.3754,13
KOAK,large_airport,37.7212,-122.2211,9
KSJC,large_airport,37.3628,-121.9290,62
KMRY,medium_airport,36.5870,-121.8428,257
KFAT,medium_airport,36.7766,-119.7188,336
KBLU,small_airport,39.2750,-120.7098,5284
"""


@pytest.fixture
def california(tmp_path):
    airports = tmp_path / "airports.csv"
    airports.write_text(AIRPORTS)
    return configured(
        tmp_path,
        {"aerodrome_file": str(airports), "hours_local": [9, 12]},
        {
            "airspace_files": ["package:class_bcd_california.geojson"],
            "elevation_grids": ["package:topo_5arcmin_demo_usa.tif"],
            "region_file": "package:admin1.geojson",
        },
    )


def configured(tmp_path, query, enrich):
    file = tmp_path / "c.yaml"
    tree = {"results": str(tmp_path / "results"), "query": query, "enrich": enrich}
    file.write_text(yaml.safe_dump(tree | {"datasets": {"a": {"raw": "x"}}}))
    return str(file)


def test_list_of_a_few_aerodromes(california, tmp_path, capsys):
    out = tmp_path / "results" / "queries"
    assert main(["query", "--config", california, "--mondays", "2019-06"]) == 0
    said = capsys.readouterr().out
    queries = pl.read_parquet(out / "queries.parquet")
    assert queries.columns == QUERIES.names
    names = {tuple(text.split()) for text in queries["aerodromes"].cast(pl.String).unique()}
    # San Francisco, Oakland and San Jose share a rectangle of 37 by 37 NM, in parts; the others are alone.
    assert {ident for some in names for ident in some} == {"KSFO", "KOAK", "KSJC", "KMRY", "KFAT"}
    assert {("KMRY",), ("KFAT",)} <= names
    boxes = queries["box"].n_unique()
    assert queries.height == boxes * 3 * 4  # hours 9, 10, 11 of the Mondays 3, 10, 17 and 24
    assert f"{queries.height} queries in 1 groups: {boxes} boxes about 5 aerodromes" in said
    hours = pl.from_epoch(queries["start_s"]).dt.hour().unique().to_list()
    assert sorted(hours) == [17, 18, 19]  # all west of 112.5 W and east of 127.5 W: zone time is UTC - 8
    fresno = queries.filter(pl.col("aerodromes").cast(pl.String) == "KFAT").row(0, named=True)
    assert 200 < fresno["floor_ft_msl"] < 336
    assert 5100 + 336 < fresno["ceiling_ft_msl"] < 6500
    statements = sqlglot.parse((out / "sql" / "0001.sql").read_text(), dialect="trino")
    assert len(statements) == queries.height
    picture = mpimg.imread(out / "boxes.png")
    assert picture.shape[1] == pytest.approx(2080, abs=5)
    assert 0.02 < (picture[:, :, :3].min(2) < 0.9).mean() < 0.5
    before = {file: file.read_bytes() for file in out.rglob("*.*")}
    assert main(["query", "--config", california, "--days", "2019-06-03,2019-06-10..2019-06-10"]) == 0
    assert main(["query", "--config", california, "--mondays", "2019-06"]) == 0
    assert {file: file.read_bytes() for file in out.rglob("*.*")} == before


@pytest.mark.parametrize(
    ("words", "query", "enrich", "line"),
    [
        ([], {}, {}, "query.days: is not set; give --mondays 2018..2019 or --days 2019-06"),
        (["--days", "2019-13"], {}, {}, "--days: '2019-13' is no day of the calendar"),
        (["--group", "1"], {}, {}, "--group: is given without --run"),
        (["--days", "2019-06"], {"aerodrome_file": None}, {}, "query.aerodrome_file: is not set"),
        (["--days", "2019-06"], {}, {"airspace_files": []}, "enrich.airspace_files: is not set"),
        (["--days", "2019-06"], {}, {"elevation_grids": []}, "enrich.elevation_grids: is not set"),
        (["--days", "2019-06"], {"aerodrome_kinds": ["heliport"]}, {}, "holds no open heliport"),
        (
            ["--days", "2019-06"],
            {},
            {"elevation_grids": ["package:topo_5arcmin_demo_europe.tif"]},
            "enrich.elevation_grids: no terrain about K",
        ),
        (["--days", "2019-06"], {"max_top_ft_msl": 100}, {}, "query.max_top_ft_msl: leaves nothing above"),
        (["--days", "2019-06"], {"hours_local": [9, 9]}, {}, "query: hours_local must rise"),
        (["--days", "2019-06"], {"days": "2019", "mondays": "2019"}, {}, "days and mondays are both set"),
    ],
)
def test_what_is_wrong_is_one_line(california, capsys, words, query, enrich, line):
    tree = yaml.safe_load(Path(california).read_text())
    tree["query"] |= query
    tree["enrich"] |= enrich
    Path(california).write_text(yaml.safe_dump(tree))
    assert main(["query", "--config", california, *words]) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1


def test_aerodromes_elsewhere_are_told(california, capsys):
    tree = yaml.safe_load(Path(california).read_text())
    file = Path(tree["query"]["aerodrome_file"])
    file.write_text(AIRPORTS.splitlines()[0] + "\nEDDF,large_airport,50.03,8.57,364\n")
    assert main(["query", "--config", california, "--days", "2019-06"]) == 2
    assert "none of 1 aerodromes lies in or under airspace of class B, C, D" in capsys.readouterr().err


def test_run_without_an_account_says_what_to_do(california, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))  # where the package writes its own settings
    monkeypatch.setenv("OPENSKY_CACHE", str(tmp_path / "cache"))
    pytest.importorskip("pyopensky.trino")
    for name in ("USERNAME", "PASSWORD", "TRINO_USERNAME", "TRINO_PASSWORD"):
        monkeypatch.delenv(f"OPENSKY_{name}", raising=False)
    monkeypatch.setattr("pyopensky.config.trino_username", None, raising=False)
    assert main(["query", "--config", california, "--days", "2019-06-03", "--run"]) == 2
    said = capsys.readouterr()
    assert "holds no account of the OpenSky Network; set username and password there" in said.err
    assert (tmp_path / "results" / "queries" / "queries.parquet").exists()
    assert main(["query", "--config", california, "--days", "2019-06-04", "--run"]) == 2
    assert "--run: runs the list that is in" in capsys.readouterr().err
    assert main(["query", "--config", california, "--run", "--group", "7"]) == 2
    assert "there is no group 7" in capsys.readouterr().err


def test_help_fits_a_screen(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        parser().parse_args(["query", "--help"])
    assert len(capsys.readouterr().out.splitlines()) <= 24


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not here")
def test_all_aerodromes_of_the_united_states(tmp_path, capsys):
    """The whole case: real airspace, airports, terrain. Published: 695 boxes of class B, C, D; 499 of D."""
    airportsdata = pytest.importorskip("airportsdata")
    columns = {"icao": "ident", "lat": "latitude_deg", "lon": "longitude_deg", "elevation": "elevation_ft"}
    pl.DataFrame(list(airportsdata.load().values())).rename(columns).select(
        *columns.values(), pl.lit("small_airport").alias("type")
    ).write_csv(tmp_path / "airports.csv")
    config = configured(
        tmp_path,
        {"aerodrome_file": str(tmp_path / "airports.csv")},
        {"airspace_files": [united_states(tmp_path)], "elevation_grids": [terrain(tmp_path)]},
    )
    assert main(["query", "--config", config, "--days", "2019-06-03"]) == 0
    queries = pl.read_parquet(tmp_path / "results" / "queries" / "queries.parquet")
    boxes = queries["box"].n_unique()
    assert 650 < boxes < 800
    assert queries.height == 18 * boxes
    assert queries["group"].n_unique() == -(-18 * boxes // 1000)
    airports = {name for text in queries["aerodromes"].cast(pl.String).unique() for name in text.split()}
    assert 1500 < len(airports) < 1900
    assert {"KBOS", "KATL", "PANC", "PHNL", "TJSJ", "PGUM"} <= airports
    assert queries["ceiling_ft_msl"].max() == 12500
    capsys.readouterr()
    everywhere = read_aerodromes("test", str(tmp_path / "airports.csv"), ["airport"])
    class_d = aerodromes_within(everywhere, read_volumes([str(tmp_path / "bcd.geojson")]), ["D"])
    assert 430 < len(aerodrome_boxes(class_d, 8, 600)) < 550


def united_states(tmp_path):
    features = []
    for name in ("bravo", "charlie", "delta"):
        with gzip.open(SHARED / "faa-class-bcd-airspace" / f"{name}-airspace.json.gz") as file:
            areas = json.load(file)
        for volume in (volume for volumes in areas.values() for volume in volumes):
            about = {
                "CLASS": name[0].upper(),
                "floor_ft_msl": volume["Bottom"],
                "ceiling_ft_msl": volume["Top"],
            }
            shape = {"type": "Polygon", "coordinates": volume["Loops"]}
            features.append({"type": "Feature", "properties": about, "geometry": shape})
    (tmp_path / "bcd.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(tmp_path / "bcd.geojson")


def terrain(tmp_path):
    metres = np.load(SHARED / "elevation" / "itu_p1511_topo_5arcmin.npz")["topo"][2:-2, 2:-2]
    rows, columns = metres.shape
    place = rasterio.Affine(1 / 12, 0, -180, 0, -1 / 12, 90)
    with rasterio.open(
        tmp_path / "topo.tif",
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=1,
        dtype="int16",
        crs="EPSG:4326",
        transform=place,
    ) as grid:
        grid.write(metres, 1)
    return str(tmp_path / "topo.tif")
