"""The table of tar1090: both layouts, and the real one of 619,472 aircraft."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from tracks.registry.doc8643 import read_type_table
from tracks.registry.tar1090 import read_tar1090

REAL = Path(__file__).parents[3].parent / "shared" / "data" / "aircraft-registry-tar1090" / "aircraft.csv.gz"
TABLE = {"B732": "L2J", "BE20": "L2T"}
HEADER = "icao24,registration,typecode,flags,description\n"


def read(tmp_path, text, name="aircraft.csv.gz"):
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    return read_tar1090(tmp_path / name, TABLE)


def test_the_published_layout(tmp_path):
    """Semicolons, no header, a backslash before one that is part of a value (tar1090-db, branch csv)."""
    text = (
        "004002;Z-WPA;B732;00;BOEING 737-200;1982;Air Zimbabwe\n"
        "004006;Z-WSG;be20;00;BEECH 200\\; Super King Air;;\n"
        "00400A;;;00;;;\n"
        "00400B;Z\n"
    )
    register = read(tmp_path, text)
    assert (register.rows_in, register.left) == (4, {"no_type": 1, "wrong_fields": 1})
    assert register.rows.select("icao24", "aircraft_type", "model", "seats", "source").rows() == [
        ("004002", "FixedWingMultiEngine", "B732", None, "TAR1090"),
        ("004006", "FixedWingMultiEngine", "BE20", None, "TAR1090"),
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_the_layout_with_a_header(tmp_path, name):
    text = HEADER + '00400c,Z-FAA,B732,00,"BOEING 737, old"\n004,Z,B732,00,\n00400d,Z,Q,00,\n'
    register = read(tmp_path, text, name)
    assert (register.rows_in, register.left) == (3, {"bad_address": 1})
    assert register.made == {"unknown_designator": 1}
    assert register.rows["aircraft_type"].to_list() == ["FixedWingMultiEngine", "Unknown"]


def test_another_file_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="column 'typecode' is missing"):
        read(tmp_path, "icao24,type\nabcdef,B732\n")
    with pytest.raises(InputError, match="line 1 has 2 fields, needed are 3"):
        read(tmp_path, "abcdef;G-ABCD\n")
    with pytest.raises(InputError, match="is empty"):
        read(tmp_path, "")
    with pytest.raises(InputError, match="no such register"):
        read_tar1090(tmp_path / "nothing.csv.gz", TABLE)
    (tmp_path / "damaged.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(InputError, match="cannot be read"):
        read_tar1090(tmp_path / "damaged.csv.gz", TABLE)


def test_the_real_table():
    """Witness: the numbers that the table's README counted."""
    if not REAL.exists():
        pytest.skip("the shared aircraft register is not here")
    register = read_tar1090(REAL, read_type_table(None))
    assert register.rows_in == 619_472
    assert register.left == {"no_type": 112_198 + 12_379}
    assert register.made == {"unknown_designator": 79}
    kinds = dict(
        register.rows.filter(register.rows["model"] == "C172")["aircraft_type"].value_counts().iter_rows()
    )
    assert list(kinds) == ["FixedWingSingleEngine"]


CELL = st.text(st.characters(codec="ascii", exclude_characters=";\\\r\n\x00"), max_size=8)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL, CELL), min_size=1))
def test_no_row_vanishes_whatever_the_cells_hold(tmp_path_factory, rows):
    text = "".join(";".join(cells) + "\n" for cells in rows)
    register = read(tmp_path_factory.mktemp("tar1090"), text)
    assert register.rows_in == len(rows) == register.rows.height + sum(register.left.values())
