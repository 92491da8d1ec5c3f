"""OpenAir files: volumes by hand, written by a small writer and read again, malformed lines."""

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data_schemas.errors import InputError
from tracks.enrich.volumes import read_volumes
from tracks.enrich.volumes.limits import SURFACE, UNLIMITED, Limit
from tracks.enrich.volumes.openair import is_openair, read_openair

GEOD = pyproj.Geod(ellps="WGS84")

FILE = """\
* Airspace of nowhere,\t2026
AC R
AN Shooting range
AL gibberish, not looked at
DP nowhere

AC D
AY CTR
AN CTR Nürnberg * with a comment
AL GND
AH 3500ft MSL
SP 0,1,0,0,255
DP 49:33:00 N 010:54:00 E
DP 49:33:00 N 011:12:00 E
DP 49:25:30 N 011:12:00 E
DP 49:25:30 N 010:54:00 E
* the polygon closes by itself

ac c
an TMA 1
ah FL95
al 1000 AGL
v x = 50:00.000 N 008:00.000 E
DC 10.5
AC B
AN Half a disc
AL 450m
AH UNL
V X=40:00:00 N 100:00:00 W
V D=-
DP 40:00:00 N 100:00:00 W
DA 5,90,270
AC GP
AN no gliders
TO lake
DP 1:00 N 1:00 E
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "nowhere.txt"
    path.write_bytes(FILE.replace("\n", "\r\n").encode("cp1252"))
    return path


def test_volumes_of_class_b_c_and_d_and_a_count_of_the_rest(file):
    volumes, others = read_openair("where", file)
    assert others == {"R": 1, "GP": 1, "terrain": 1}
    assert [(v.letter, v.name, v.floor, v.ceiling) for v in volumes] == [
        ("D", "CTR Nürnberg", SURFACE, Limit(3500)),
        ("C", "TMA 1", Limit(1000, agl=True), Limit(9500)),
        ("B", "Half a disc", Limit(450 / 0.3048), UNLIMITED),
    ]
    box, disc, half = (volume.outline for volume in volumes)
    assert box.equals(shapely.box(10.9, 49.425, 11.2, 49.55))
    assert area(disc) == pytest.approx(math.pi * (10.5 * 1852) ** 2, rel=1e-3)
    # From east of the centre counterclockwise over north to west: the northern half.
    assert half.covers(shapely.Point(-100, 40.08))
    assert not half.intersects(shapely.Point(-100, 39.92))
    assert area(half) == pytest.approx(math.pi / 2 * (5 * 1852) ** 2, rel=5e-3)


def area(outline):
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(outline))[0])


def test_the_columns_that_come_of_it(file):
    volumes = read_volumes([str(file)])
    assert volumes.names == ("CTR Nürnberg", "TMA 1", "Half a disc")
    assert volumes.codes.tolist() == [3, 2, 1]
    assert volumes.floor_ft.tolist() == [-math.inf, 1000, 450 / 0.3048]
    assert volumes.ceiling_ft.tolist() == [3500, 9500, math.inf]
    assert volumes.floor_agl.tolist() == [False, True, False]
    assert not volumes.ceiling_agl.any()
    assert volumes.notes == (
        f"airspace, {file}: volumes of class B, C and D: 3; not kept: 1 GP, 1 R, 1 terrain",
    )


def test_arcs_between_points_follow_their_direction(tmp_path):
    """Wedges of a disc about 48 N 11 E between north and east: a quarter clockwise, else three."""
    areas = {}
    for sign in "+-":
        lines = ["AC C", "AL SFC", "AH 2000", "V X=48:00:00 N 011:00:00 E", f"V D={sign}"]
        lines += ["DP 48:00:00 N 011:00:00 E", "DB 48:10:00 N 011:00:00 E, 48:00:00 N 011:14:56 E"]
        path = tmp_path / "wedge.txt"
        path.write_text("\n".join(lines))
        (volume,) = read_openair("where", path).volumes
        areas[sign] = area(volume.outline)
    disc = math.pi * (10 * 1852) ** 2
    assert areas["+"] == pytest.approx(disc / 4, rel=0.01)
    assert areas["-"] == pytest.approx(disc * 3 / 4, rel=0.01)


def test_a_disc_on_the_antimeridian_is_cut(tmp_path):
    path = tmp_path / "disc.openair"
    path.write_text("AC C\nAL SFC\nAH 2000\nV X=52:00:00 N 179:55:00 W\nDC 10\n")
    (outline,) = read_volumes([str(path)]).outlines
    assert outline.geom_type == "MultiPolygon"
    assert area(outline) == pytest.approx(math.pi * 18520**2, rel=2e-3)


def test_openair_is_told_by_suffix_or_content(tmp_path):
    for name, content, is_it in (
        ("a.txt", "x", True),
        ("a", "\ufeff* comment", True),
        ("b", "\r\n  AC D\r\n", True),
        ("c.geojson", '{"type": "FeatureCollection"}', False),
        ("d", "ACE", False),
    ):
        file = tmp_path / name
        file.write_text(content, encoding="utf-8")
        assert is_openair(file) == is_it


HEAD = ["AC D", "AN Here", "AL GND", "AH 1000"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["Dear pilot,"], "line 1: 'Dear pilot,' is no OpenAir record"),
        (["DP 1:00 N 1:00 E"], "line 1: .* stands before the first volume"),
        ([*HEAD, "DP 1:00 N"], "line 5: 'DP 1:00 N': expected a latitude and a longitude with hemispheres"),
        ([*HEAD, "DP 1:00 N 181:00 E"], "line 5: .*'181:00 ?' is no angle up to 180 degrees"),
        ([*HEAD, "DC 5"], "line 5: 'DC 5': expected a centre before it"),
        ([*HEAD, "V X=1:00 N 1:00 E", "DC -5"], "line 6: 'DC -5': expected a radius, NM"),
        ([*HEAD, "V X=1:00 N 1:00 E", "DC five"], "line 6: .*expected a radius"),
        ([*HEAD, "V X=1:00 N 1:00 E", "DA 5,90"], "line 6: .*expected a radius and two bearings"),
        ([*HEAD, "V X=1:00 N 1:00 E", "DB 1:00 N 1:00 E"], "line 6: .*expected 2 points"),
        ([*HEAD, "V D=left"], "line 5: 'V D=left': expected"),
        ([*HEAD, "V"], "line 5: 'V': expected a variable"),
        ([*HEAD, "DY 1:00 N 1:00 E"], "line 5: .*airways are not read"),
        ([*HEAD[:3], "AH high"], "line 4: 'AH high': expected GND, FL95"),
        ([*HEAD[:3], "AC R"], r"line 1 \(Here\): the volume has no ceiling \(AH\)"),
        ([HEAD[0], *HEAD[2:3]], "line 1: the volume has no ceiling"),
        ([*HEAD[:2], HEAD[3]], r"line 1 \(Here\): the volume has no floor \(AL\)"),
        (HEAD, r"line 1 \(Here\): the volume has no outline"),
        ([*HEAD, "DP 1:00 N 1:00 E", "DP 2:00 N 1:00 E"], r"line 1 \(Here\): .*fewer than three corners"),
        (
            [*HEAD, *(f"DP {lat}:00 N 1:00 E" for lat in (1, 2, 3))],
            r"line 1 \(Here\): has an outline that encloses no area",
        ),
        (
            [*HEAD[:2], "AL 2000", "AH 1000", "V X=1:00 N 1:00 E", "DC 5"],
            r"line 1 \(Here\): has its ceiling \(1000 ft\) below its floor \(2000 ft\)",
        ),
        ([*HEAD[:3], "AH GND", "V X=1:00 N 1:00 E", "DC 5"], "has its ceiling"),
        ([*HEAD[:2], "AL UNL", "AH UNL", "V X=1:00 N 1:00 E", "DC 5"], "has an unlimited floor"),
        (["* nothing"], "has no volume"),
    ],
)
def test_malformed_files_are_one_line_with_the_place(tmp_path, lines, message):
    path = tmp_path / "bad.txt"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=message) as caught:
        read_volumes([str(path)])
    assert str(caught.value).startswith(f"enrich.airspace_files: {path}")
    assert "\n" not in str(caught.value)


@st.composite
def written(draw):
    """A volume's lines and what they say: convex corners about a middle, or a circle."""
    letter = draw(st.sampled_from("BCD"))
    floor, ceiling = sorted(draw(st.tuples(st.integers(0, 20000), st.integers(0, 20000))))
    lat, lon = draw(st.integers(-60, 60)), draw(st.integers(-179, 178))
    lines = [f"AC {letter}", "AN It", f"AL {floor} MSL", f"AH {ceiling}ft"]
    seconds = draw(st.lists(st.integers(0, 3599), min_size=3, max_size=8, unique=True))
    turns = 2 * np.pi * np.sort(seconds) / 3600
    corners = np.round(
        np.column_stack([lat + 0.5 + 0.4 * np.sin(turns), lon + 0.5 + 0.4 * np.cos(turns)]) * 3600
    )
    for at_lat, at_lon in corners.astype(int):
        lines.append(
            f"DP {dms(at_lat)} {'N' if at_lat >= 0 else 'S'} {dms(at_lon)} {'E' if at_lon >= 0 else 'W'}"
        )
    return lines, letter, floor, ceiling, shapely.Polygon(corners[:, ::-1] / 3600)


def dms(seconds):
    degrees, rest = divmod(abs(seconds), 3600)
    return f"{degrees:03d}:{rest // 60:02d}:{rest % 60:02d}"


@given(st.lists(written(), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n", "\n\n* remark\n"]))
def test_what_is_written_is_read(tmp_path_factory, volumes, newline):
    path = tmp_path_factory.mktemp("openair") / "written.txt"
    path.write_text(newline.join(line for lines, *_ in volumes for line in lines), newline="")
    found = read_openair("where", path).volumes
    assert len(found) == len(volumes)
    for volume, (_, letter, floor, ceiling, outline) in zip(found, volumes, strict=True):
        assert (volume.letter, volume.floor, volume.ceiling) == (letter, Limit(floor), Limit(ceiling))
        np.testing.assert_allclose(
            shapely.get_coordinates(volume.outline), shapely.get_coordinates(outline), atol=1e-9
        )


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("openair") / "any.txt"
    path.write_bytes(("AC D\n" + text).encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError) as caught:
        read_openair("where", path)
    assert "\n" not in str(caught.value)
