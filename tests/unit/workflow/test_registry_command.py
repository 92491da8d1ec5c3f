"""`trackmill registry build` and `lookup` as a user runs them, and the registers' table in the report."""

import pytest
import yaml

from workflow.cli.main import main
from workflow.layout import Layout
from workflow.report.registers import registers_part

NATIONAL = "icao24,aircraft_type,seats,source\na4bcc3,Glider,2,CAA\na4bcc4,,,CAA\n"
DATABASE = "icao24,typecode\na4bcc3,B703\nfffffe,C172\n"


@pytest.fixture
def config(tmp_path):
    (tmp_path / "national.csv").write_text(NATIONAL)
    (tmp_path / "database.csv").write_text(DATABASE)
    sources = [
        {"format": "generic", "path": str(tmp_path / "national.csv")},
        {"format": "tar1090", "path": str(tmp_path / "database.csv")},
    ]
    tree = {
        "results": str(tmp_path / "results"),
        "registry": {"sources": sources},
        "datasets": {"a": {"raw": str(tmp_path)}},
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(tree))
    return str(tmp_path / "c.yaml")


def test_build_says_what_came_of_every_register(config, tmp_path, capsys):
    assert not main(["registry", "build", "--config", config])
    registry = Layout(tmp_path / "results").registry
    assert capsys.readouterr().out.splitlines() == [
        f"{registry}: 3 rows from 4 of 2 registers",
        "CAA (generic, national.csv): 2 rows read",
        "  left, no_type: 1",
        "  kept: 1, addresses: 1",
        "TAR1090 (tar1090, database.csv): 2 rows read",
        "  kept: 2, addresses: 2",
        "  disagrees with CAA: 1",
        "addresses of all registers: 2",
    ]
    assert all(file.exists() for file in Layout(tmp_path / "results").registry_beside)
    table = registers_part(registry)
    for words in (
        "CAA (national.csv)",
        "no_type 1",
        "TAR1090 (database.csv)",
        "<td>CAA 1</td>",
        "2 addresses",
    ):
        assert words in table


def test_lookup_tells_or_refuses_in_one_line(config, capsys):
    assert main(["registry", "lookup", "a4bcc3", "--config", config]) == 2
    assert "no such registry; make it with: trackmill registry build" in capsys.readouterr().err
    assert not main(["registry", "build", "--config", config])
    capsys.readouterr()
    assert not main(["registry", "lookup", "a4BCC3", "--config", config, "--year", "2020"])
    told = capsys.readouterr().out
    assert "1. CAA: Glider" in told
    assert "leaf: 2020/Glider/Seats_1_10/000000_FFFFFF" in told
    assert main(["registry", "lookup", "a4bcc", "--config", config]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "a4bcc: not an ICAO 24-bit address; give six hexadecimal digits" in line


def test_a_registry_without_a_summary(tmp_path):
    assert "no summary beside it" in registers_part(tmp_path / "registry.parquet")
