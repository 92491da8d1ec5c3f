"""What the report says of the geoid, on tracks whose altitudes are known."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_schemas.config import Dataset, EnrichSettings
from data_schemas.tables.tracks import TRACKS
from workflow.layout import Layout
from workflow.report.geoid import EGM96, geoid_part
from workflow.report.results import Results

SECONDS = 40
# The NGA's published height of EGM96 at 38.628155 N 90.220845 W is -31.628 m, -103.8 ft.
LAT, LON = 38.628155, -90.220845


def write_tracks(folder, geo):
    values = {"icao24": ["A00001"] * SECONDS, "lat_deg": [LAT] * SECONDS, "lon_deg": [LON] * SECONDS}
    values |= {"alt_baro_ft_msl": [3000.0] * SECONDS, "alt_geo_ft_msl": geo}
    columns = {
        name: pa.array(column).cast(TRACKS.schema().field(name).type) for name, column in values.items()
    }
    path = folder / "year=2020/aircraft_type=Rotorcraft/Seats_1_10_A00000_A0FFFF.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns), path)


def row(tmp_path, geo, geoid_grids=()):
    layout = Layout(tmp_path)
    write_tracks(layout.output("small", "process"), geo)
    dataset = Dataset(raw="x", enrich=EnrichSettings(geoid_grids=geoid_grids))
    text = geoid_part([Results("small", dataset, layout, {}, layout.output("small", "process"))])
    return re.findall(r"<td[^>]*>([^<]*)</td>", text)


@pytest.mark.parametrize(
    ("grids", "geo", "words"),
    [((), 3100.0, "the ellipsoid (published)"), ((EGM96,), 3203.8, f"mean sea level ({EGM96})")],
)
def test_both_differences_are_told_whichever_is_in_the_tracks(tmp_path, grids, geo, words):
    found = row(tmp_path, [geo] * (SECONDS - 2) + [None, 0.0], grids)
    undulation, ellipsoid, sea = "−104 (−104 to −104)", "100 (100 to 100)", "204 (204 to 204)"
    assert found == ["small", words, "40", undulation, "38", ellipsoid, sea]


def test_without_geometric_altitudes_the_height_of_the_geoid_is_still_told(tmp_path):
    assert row(tmp_path, [None] * SECONDS)[3:] == ["−104 (−104 to −104)", "0", "—", "—"]
