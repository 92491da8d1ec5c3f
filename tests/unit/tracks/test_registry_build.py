"""The one table out of several registers, its summary, and the packaged facts."""

import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import rasterio
import shapely
import shapely.geometry

from data_schemas.beside import conflicts_beside
from data_schemas.config import RegistrySettings
from data_schemas.errors import InputError
from data_schemas.packaged import FOLDER, resolve
from data_schemas.tables.registry import CONFLICTS, REGISTRY
from tracks.leaves import LeafIndex
from tracks.registry import build_registry, read_summary, registry_digest
from tracks.registry.doc8643 import read_type_table

OWN = "icao24,aircraft_type,seats,valid_from,valid_to,source\n"


@pytest.fixture
def registers(tmp_path):
    """Two registers that disagree: a national one and a database."""
    (tmp_path / "national.csv").write_text(
        OWN
        + "abcdef,Balloon,3,2010-05-01,2014-05-01,CAA\n"
        + "abcdef,Glider,2,2016-01-01,,CAA\n"
        + "000001,Rotorcraft,,,,CAA\n"
        + "nonsense,Rotorcraft,,,,CAA\n"
    )
    (tmp_path / "database.csv").write_text("icao24,typecode\nABCDEF,A320\nFFFFFF,A320\nfffffe,\n")
    sources = [{"format": "generic", "path": str(tmp_path / f"{n}.csv")} for n in ("national", "database")]
    return RegistrySettings.model_validate({"sources": sources})


def test_rows_stand_by_address_in_order_of_precedence(registers, tmp_path):
    counts = build_registry(registers, tmp_path / "out" / "registry.parquet").counts()
    assert (counts.rows_in, counts.rows_out) == (7, 5)
    assert counts.left == {"bad_address": 1, "no_type": 1}
    table = pq.read_table(tmp_path / "out" / "registry.parquet")
    REGISTRY.check(table.schema, "test")
    assert table.schema.field("seats").metadata[b"unit"] == b"1"
    rows = [(r["icao24"], r["aircraft_type"], r["source"], r["valid_from"]) for r in table.to_pylist()]
    assert rows == [
        ("000001", "Rotorcraft", "CAA", None),
        ("ABCDEF", "Glider", "CAA", dt.date(2016, 1, 1)),
        ("ABCDEF", "Balloon", "CAA", dt.date(2010, 5, 1)),
        ("ABCDEF", "FixedWingMultiEngine", "GENERIC", None),
        ("FFFFFF", "FixedWingMultiEngine", "GENERIC", None),
    ]


def test_the_order_of_sources_decides(registers, tmp_path):
    turned = registers.model_copy(update={"sources": registers.sources[::-1]})
    for settings, expected in ((registers, "Glider"), (turned, "FixedWingMultiEngine")):
        build_registry(settings, tmp_path / "registry.parquet")
        aircraft = LeafIndex.load(tmp_path / "registry.parquet", settings).aircraft(2020)
        assert dict(aircraft.select("icao24", "aircraft_type").iter_rows())["ABCDEF"] == expected


def test_same_registers_same_bytes(registers, tmp_path):
    build_registry(registers, tmp_path / "a.parquet")
    build_registry(registers, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert registry_digest(tmp_path / "a.parquet") == registry_digest(tmp_path / "b.parquet")
    build_registry(RegistrySettings(), tmp_path / "b.parquet")
    assert registry_digest(tmp_path / "a.parquet") != registry_digest(tmp_path / "b.parquet")
    with pytest.raises(InputError, match="no such registry"):
        registry_digest(tmp_path / "c.parquet")


def test_every_source_is_summed_up(registers, tmp_path):
    summary = build_registry(registers, tmp_path / "r.parquet")
    national, database = summary.sources
    assert (national.source, national.rows_in, national.rows_out) == ("CAA", 4, 3)
    assert (national.left, national.addresses, national.conflicts) == ({"bad_address": 1}, 2, {})
    assert (database.source, database.left, database.addresses) == ("GENERIC", {"no_type": 1}, 2)
    assert database.conflicts == {"CAA": 2}
    assert summary.addresses == 3
    assert read_summary(tmp_path / "r.parquet") == summary
    assert read_summary(tmp_path / "other.parquet") is None
    assert summary.lines() == [
        "CAA (generic, national.csv): 4 rows read",
        "  left, bad_address: 1",
        "  kept: 3, addresses: 2",
        "GENERIC (generic, database.csv): 3 rows read",
        "  left, no_type: 1",
        "  kept: 2, addresses: 2",
        "  disagrees with CAA: 2",
        "addresses of all registers: 3",
    ]


def test_two_registers_of_one_name_are_told_apart(tmp_path):
    for name, code in (("a", "A320"), ("b", "EC35"), ("c", "C172")):
        (tmp_path / f"{name}.csv").write_text(f"icao24,typecode\nabcdef,{code}\n")
    sources = [{"format": "generic", "path": str(tmp_path / f"{name}.csv")} for name in "abc"]
    settings = RegistrySettings.model_validate({"sources": sources})
    last = build_registry(settings, tmp_path / "r.parquet").sources[2]
    assert last.source == "GENERIC of c.csv"
    assert last.conflicts == {"GENERIC of a.csv": 1, "GENERIC of b.csv": 1}


def test_disagreements_lie_beside_the_registry(registers, tmp_path):
    build_registry(registers, tmp_path / "r.parquet")
    table = pq.read_table(conflicts_beside(tmp_path / "r.parquet"))
    CONFLICTS.check(table.schema, "test")
    rows = table.to_pylist()
    assert {(r["icao24"], r["field"], r["kept_source"], r["other_source"]) for r in rows} == {
        ("ABCDEF", "aircraft_type", "CAA", "GENERIC")
    }
    assert [(r["kept"], r["other"], r["first_year"], r["last_year"]) for r in rows] == [
        ("Balloon", "FixedWingMultiEngine", 2010, 2014),
        ("Glider", "FixedWingMultiEngine", 2016, None),
    ]


def test_a_database_before_a_national_register_is_warned_of(tmp_path):
    shared = Path(__file__).parents[3].parent / "shared" / "data" / "faa-registry-sample"
    if not shared.is_dir():
        pytest.skip("the shared FAA sample is not here")
    (tmp_path / "t.csv").write_text("icao24,typecode\nac6cd2,C172\n")
    faa = {"format": "faa", "path": str(shared)}
    database = {"format": "tar1090", "path": str(tmp_path / "t.csv")}
    right = RegistrySettings.model_validate({"sources": [faa, database]})
    summary = build_registry(right, tmp_path / "r.parquet")
    assert (summary.warnings, summary.sources[1].conflicts) == ((), {"FAA": 1})
    wrong = RegistrySettings.model_validate({"sources": [database, faa]})
    (warning,) = build_registry(wrong, tmp_path / "r.parquet").warnings
    assert warning.startswith("the register faa stands behind the database tar1090, which wins over it; list")


def test_two_real_sources_agree(tmp_path):
    """The FAA's 25 real aircraft, and what a table kept by others says of them: the same types."""
    shared = Path(__file__).parents[3].parent / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("the shared registers are not here")
    sources = [
        {"format": "faa", "path": str(shared / "faa-registry-sample")},
        {"format": "tar1090", "path": str(shared / "aircraft-registry-tar1090" / "aircraft.csv.gz")},
    ]
    settings = RegistrySettings.model_validate({"sources": sources})
    summary = build_registry(settings, tmp_path / "r.parquet")
    faa, table = summary.sources
    assert faa.addresses + table.addresses - summary.addresses == 23  # addresses that both know
    assert table.conflicts == {}


def test_the_packaged_aircraft_all_have_a_type(tmp_path):
    settings = RegistrySettings.model_validate(
        {"sources": [{"format": "generic", "path": "package:aircraft.csv"}]}
    )
    counts = build_registry(settings, tmp_path / "r.parquet").counts()
    assert (counts.rows_in, counts.rows_out, counts.made) == (967, 967, {})
    rows = {r["icao24"]: r["aircraft_type"] for r in pq.read_table(tmp_path / "r.parquet").to_pylist()}
    assert rows["4B43AC"] == "Rotorcraft"  # REGA's ambulance helicopter
    assert rows["DDB056"] == "Glider"
    assert rows["39A415"] == "FixedWingMultiEngine"


@pytest.mark.parametrize(
    ("name", "lon", "lat", "low", "high"),
    [
        ("globe_30arcsec_demo.tif", 6.8652, 45.8326, 4300, 4810),  # Mont Blanc
        ("globe_30arcsec_demo.tif", 6.6, 46.45, 370, 373),  # Lake Geneva, 372 m
        ("globe_30arcsec_demo.tif", 2.35, 48.8566, 20, 100),  # Paris
        ("topo_5arcmin_demo_usa.tif", -104.99, 39.74, 1550, 1750),  # Denver
        ("topo_5arcmin_demo_usa.tif", -106.445, 39.118, 3000, 4401),  # Mount Elbert
        ("topo_5arcmin_demo_usa.tif", -125.5, 30.0, -500, 0),  # the Pacific
        ("topo_5arcmin_demo_europe.tif", 6.8652, 45.8326, 2000, 4810),
        ("topo_5arcmin_demo_europe.tif", -5.0, 45.0, -500, 0),  # Bay of Biscay
    ],
)
def test_the_packaged_terrain_lies_where_it_should(name, lon, lat, low, high):
    with rasterio.open(resolve(f"package:{name}")) as grid:
        assert grid.crs.to_epsg() == 4326
        assert low <= next(grid.sample([(lon, lat)]))[0] <= high


def test_cell_centres_of_the_packaged_terrain():
    """GLOBE cells are centred at half cells of 30"; ITU nodes, the pixel centres, at odd 1/24 degrees."""
    with rasterio.open(resolve("package:globe_30arcsec_demo.tif")) as grid:
        assert grid.bounds == pytest.approx((0, 43.5, 14.5, 50), abs=1e-9)
    for name in ("topo_5arcmin_demo_usa.tif", "topo_5arcmin_demo_europe.tif"):
        with rasterio.open(resolve(f"package:{name}")) as grid:
            lon, lat = grid.xy(0, 0)
            assert (lon * 24 % 2, lat * 24 % 2) == pytest.approx((1, 1), abs=1e-6)
            assert grid.res == pytest.approx((1 / 12, 1 / 12), abs=1e-12)


def test_the_packaged_maps_are_valid():
    admin = json.loads(resolve("package:admin1.geojson").read_text(encoding="utf-8"))["features"]
    found = {f["properties"]["iso_3166_2"]: f["properties"]["gn_id"] for f in admin}
    assert (len(admin), found["US-CA"], found["CA-QC"]) == (64, 5332921, 6115047)  # GeoNames ids
    land = json.loads(resolve("package:land_europe_us.geojson").read_text(encoding="utf-8"))["features"]
    assert {f["properties"]["kind"] for f in land} == {"land", "border"}
    for feature in admin + land:
        assert shapely.geometry.shape(feature["geometry"]).is_valid


def test_the_packaged_designators_are_the_whole_document():
    shared = Path(__file__).parents[3].parent / "shared" / "data" / "aircraft-registry-tar1090"
    packaged = read_type_table(None)
    assert len(packaged) == 2844
    if not shared.is_dir():
        pytest.skip("the shared table of designators is not here")
    assert packaged == read_type_table(str(shared / "icao_aircraft_types.json.gz"))


def test_packaged_files_are_small():
    assert all(file.stat().st_size < 2000 * 1024 for file in FOLDER.iterdir())
