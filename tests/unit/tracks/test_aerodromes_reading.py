"""Aerodrome files: both layouts, what is kept, and how a bad row is told."""

import gzip

import numpy as np
import pytest

from data_schemas.errors import InputError
from tracks.aerodromes.reading import read_aerodromes

KINDS = ("airport", "heliport", "seaplane_base", "gliderport", "balloonport", "ultralight")
OURAIRPORTS = """\
"id","ident","type","name","latitude_deg","longitude_deg","elevation_ft","continent","iso_country"
3422,"KBOS","large_airport","Boston, Logan",42.3643,-71.005203,20,"NA","US"
1,"00A","heliport","Total RF",40.070985,-74.933689,11,"NA","US"
2,"X1","closed","Gone",10,10,,"NA","US"
3,"SFN","seaplane_base","Sea ""home"" base",-10.5,179.999,,"OC","FJ"
"""
NASR = """\
"EFF_DATE","SITE_NO","SITE_TYPE_CODE","ARPT_ID","ARPT_NAME","LAT_DECIMAL","LONG_DECIMAL","ELEV","ARPT_STATUS","ICAO_ID"
"2026/09/03","08564.","A","BOS","GENERAL EDWARD LAWRENCE LOGAN INTL",42.36294444,-71.00638888,19.1,"O","KBOS"
"2026/09/03","1.","H","MA1","A HELIPAD",42.1,-71.2,,"O",""
"2026/09/03","2.","A","MA2","SHUT",42.1,-71.3,12,"CI",""
"""


def write(tmp_path, text, name="airports.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_ourairports(tmp_path):
    found = read_aerodromes("s", write(tmp_path, OURAIRPORTS), KINDS)
    assert found.ident == ("KBOS", "00A", "SFN")
    np.testing.assert_array_equal(found.lat_deg, [42.3643, 40.070985, -10.5])
    np.testing.assert_array_equal(found.lon_deg, [-71.005203, -74.933689, 179.999])
    np.testing.assert_array_equal(found.elevation_ft, [20, 11, np.nan])


def test_nasr_in_latin_1(tmp_path):
    text = NASR.replace("SHUT", "CAÑON").encode("latin-1")
    found = read_aerodromes("s", write(tmp_path, text, "APT_BASE.csv"), KINDS)
    assert found.ident == ("KBOS", "MA1")
    np.testing.assert_array_equal(found.elevation_ft, [19.1, np.nan])


def test_compressed_and_of_one_kind(tmp_path):
    found = read_aerodromes(
        "s", write(tmp_path, gzip.compress(OURAIRPORTS.encode()), "a.csv.gz"), ["heliport"]
    )
    assert found.ident == ("00A",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OURAIRPORTS.replace("42.3643", "north"), r"row 2: has no .*identifier KBOS, latitude None"),
        (OURAIRPORTS.replace("-74.933689", "-274"), r"row 3: has no .* longitude -274\.0"),
        (OURAIRPORTS.replace('"SFN"', '""'), r"row 5: has no identifier"),
        (
            OURAIRPORTS.replace("heliport", "heliprot"),
            r"row 3: type is 'heliprot', expected one of large_air",
        ),
        (OURAIRPORTS.replace("latitude_deg", "lat"), r"lacks the columns .*latitude_deg.* or .*LAT_DECIMAL"),
        ("\n".join(OURAIRPORTS.splitlines()[:1]) + "\n", "holds no open airport or heliport"),
        ("", "is not a CSV file"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read_aerodromes("query.aerodrome_file", write(tmp_path, text), KINDS)
    assert str(caught.value).startswith("query.aerodrome_file: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_aerodromes("s", str(tmp_path / "none.csv"), KINDS)
