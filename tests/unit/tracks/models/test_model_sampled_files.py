"""Files of sampled tracks: read again by other means, against the tables in memory."""

import itertools
import struct

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from data_schemas.errors import InputError
from data_schemas.tables.models import SAMPLED
from tests.unit.tracks.models.handmade import published_model, small
from tracks.models import sample
from tracks.models import sample_tasks as tasks_of_samples
from tracks.models.sample import Sampler, sample_tracks
from tracks.models.sample_tasks import sample_task, sample_tasks, write_tracks


@pytest.fixture
def few_rows(monkeypatch):
    """Blocks of three tracks of four seconds, files of five."""
    monkeypatch.setattr(sample, "BLOCK_ROWS", 12)
    monkeypatch.setattr(tasks_of_samples, "FILE_ROWS", 20)


@pytest.mark.usefixtures("few_rows")
def test_parquet_has_its_schema_and_a_row_group_a_block(tmp_path):
    counts = write_tracks(tmp_path / "t.parquet", Sampler(small(), 4, 1), 0, 7, "parquet")
    assert (counts.rows_in, counts.rows_out, counts.made) == (7, 7, {"seconds": 28})
    file = pq.ParquetFile(tmp_path / "t.parquet")
    SAMPLED.check(file.schema_arrow, "sampled")
    assert file.schema_arrow.field("speed_kt").metadata[b"unit"] == b"kt"
    assert [file.metadata.row_group(i).num_rows for i in range(3)] == [12, 12, 4]
    assert file.read()["G"].null_count == 28
    assert pl.read_parquet(tmp_path / "t.parquet").equals(sample_tracks(small(), 7, 4, 1))


@pytest.mark.usefixtures("few_rows")
def test_waypoints_are_laid_out_as_published(tmp_path):
    write_tracks(tmp_path / "w.dat", Sampler(small(), 4, 1), 0, 7, "waypoints")
    data = (tmp_path / "w.dat").read_bytes()
    assert struct.unpack_from("<II", data) == (7, 1)
    one = 3 * 8 + 2 + 3 * 4 * 8
    assert len(data) == 8 + 7 * one
    track = sample_tracks(small(), 7, 4, 1).filter(pl.col("track") == 4)
    position = track.select("north_ft", "east_ft", "alt_ft_agl").rows()
    assert struct.unpack_from("<3d", data, 8 + 4 * one) == position[0]
    assert struct.unpack_from("<H", data, 8 + 4 * one + 24) == (3,)
    for i in (1, 2, 3):
        assert struct.unpack_from("<4d", data, 8 + 4 * one + 26 + 32 * (i - 1)) == (i, *position[i])


def test_waypoints_hold_no_longer_tracks(tmp_path):
    with pytest.raises(InputError, match="waypoints hold 65535 updates"):
        write_tracks(tmp_path / "w.dat", Sampler(small(), 65537, 1), 0, 1, "waypoints")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("few_rows")
def test_csv_is_a_file_a_track_in_the_published_folders(tmp_path):
    model = published_model()
    write_tracks(tmp_path, Sampler(model, 4, 5), 0, 7, "csv")
    tracks = sample_tracks(model, 7, 4, 5)
    files = sorted(tmp_path.rglob("*.csv"))
    assert len(files) == 7
    for path in files:
        number = int(path.stem.split("_id")[1].split("_")[0])
        track = tracks.filter(pl.col("track") == number - 1)
        altitude, speed = track["alt_ft_agl"][0], track["speed_kt"][0] * 1852 / 3600 / 0.3048
        assert path.name == f"BAYES_t3_id{number}_alt{altitude:.0f}_speed{speed:.0f}.csv"
        folders = f"G{track['G'][0]}/A{track['A'][0]}/{altitude // 100 * 100:.0f}ft"
        assert path.parent.relative_to(tmp_path).as_posix() == folders
        read = pl.read_csv(path)
        assert read.columns == ["time_s", "x_ft", "y_ft", "z_ft"]
        exact = track.select("time_s", "north_ft", "east_ft", "alt_ft_agl").to_numpy()
        assert np.abs(read.to_numpy() - exact).max() <= 0.5


@pytest.mark.usefixtures("few_rows")
def test_samples_are_the_two_published_text_files(tmp_path):
    model = published_model()
    write_tracks(tmp_path, Sampler(model, 4, 5), 0, 7, "samples")
    tracks = sample_tracks(model, 7, 4, 5)
    initial = (tmp_path / "initial.txt").read_text().splitlines()
    assert initial[0] == r'id "G" "A" "L" "v" "\dot v" "\dot h" "\dot \psi" '
    rows = [[float(word) for word in line.split(" ")] for line in initial[1:]]
    columns = ["track", "G", "A", "alt_ft_agl", "speed_kt", "dv_kt_s", "dh_ft_min", "dpsi_deg_s"]
    exact = tracks.filter(pl.col("time_s") == 0).with_columns(pl.col("track") + 1).select(columns)
    assert np.array(rows) == pytest.approx(exact.to_numpy(), rel=1e-5)
    transition = (tmp_path / "transition.txt").read_text().splitlines()
    assert transition[0] == r'initial_id t "\dot v(t+1)" "\dot h(t+1)" "\dot \psi(t+1)" '
    rows = [[float(word) for word in line.split(" ")] for line in transition[1:]]
    columns = ["track", "time_s", "dv_kt_s", "dh_ft_min", "dpsi_deg_s"]
    exact = tracks.with_columns(pl.col("track") + 1).select(columns)
    assert np.array(rows) == pytest.approx(exact.to_numpy(), rel=1e-5)


@pytest.mark.usefixtures("few_rows")
def test_tasks_are_the_tracks_once_each(tmp_path):
    sampler = Sampler(small(), 4, 1, reject=True)
    tasks = sample_tasks(tmp_path, tmp_path / "model.txt", sampler, 7, "parquet", "x")
    assert [task.id for task in tasks] == [
        "tracks_0000000000_0000000005",
        "tracks_0000000005_0000000007",
    ]
    counts = [sample_task(task, sampler=sampler, form="parquet") for task in reversed(tasks)]
    assert sum(c.rows_out for c in counts) == 7
    assert pl.read_parquet(tmp_path / "*.parquet").equals(sample_tracks(small(), 7, 4, 1, reject=True))


@pytest.mark.usefixtures("few_rows")
def test_a_folder_has_at_most_a_thousand_files(tmp_path):
    tasks = sample_tasks(tmp_path, tmp_path / "m.txt", Sampler(small(), 4, 1), 10_000, "parquet", "x")
    assert len(tasks) <= 1000
    spans = [tuple(map(int, task.id.split("_")[1:])) for task in tasks]
    assert spans[0][0] == 0
    assert spans[-1][1] == 10_000
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))
    assert sample_tasks(tmp_path, tmp_path / "m.txt", Sampler(small(), 4, 1), 0, "parquet", "x") == []
