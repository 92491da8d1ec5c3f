"""A changed file changes the stamps of every name that stands for it, and nothing else does."""

import os

import pytest

from data_schemas.config.enrich import EnrichSettings
from data_schemas.stamps import stamps

VRT = """<VRTDataset><VRTRasterBand><SimpleSource>
<SourceFilename relativeToVRT="1">tiles/a.hgt</SourceFilename></SimpleSource><SimpleSource>
<SourceFilename>{absolute}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tiles" / "deep").mkdir(parents=True)
    for name in ("tiles/a.hgt", "tiles/deep/b.hgt", "tiles/c.bil", "tiles/c.hdr", "other.tif"):
        (tmp_path / name).write_text(name)
    (tmp_path / "all.vrt").write_text(VRT.format(absolute=tmp_path / "tiles/deep/b.hgt"))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "behind"),
    [
        ("other.tif", {"other.tif"}),
        ("tiles/c.bil", {"tiles/c.bil", "tiles/c.hdr"}),
        ("tiles", {"tiles/a.hgt", "tiles/deep/b.hgt", "tiles/c.bil", "tiles/c.hdr"}),
        ("tiles/*.hgt", {"tiles/a.hgt"}),
        ("tiles/**/*.hgt", {"tiles/a.hgt", "tiles/deep/b.hgt"}),
        ("all.vrt", {"all.vrt", "tiles/a.hgt", "tiles/deep/b.hgt"}),
        ("absent.tif", set()),
    ],
)
def test_a_name_stands_for_its_files(folder, name, behind):
    before = stamps([str(folder / name)])
    assert {os.path.relpath(path, folder) for path, _, _ in before} == behind
    for file in folder.rglob("*.*"):
        was = file.stat().st_mtime_ns
        os.utime(file, ns=(1, 1))
        changed = stamps([str(folder / name)]) != before
        assert changed == (os.path.relpath(file, folder) in behind)
        os.utime(file, ns=(was, was))


def test_a_changed_tile_of_a_mosaic_changes_the_digest(folder):
    settings = EnrichSettings(elevation_grids=(str(folder / "all.vrt"),))
    before = settings.digest()
    assert settings.digest() == before
    (folder / "tiles/a.hgt").write_text("another one")
    assert settings.digest() != before


def test_what_only_looks_like_a_mosaic_has_no_sources(tmp_path):
    (tmp_path / "x.vrt").write_text("no XML")
    assert len(stamps([str(tmp_path / "x.vrt")])) == 1
