"""Bad input ends in one clear line that names the file, and exit code 2; never in a traceback."""

import gzip
import io
import tarfile

import pytest

from tests.pipeline.runs import trackmill, write_config


def one_line(done, *words):
    assert done.returncode == 2, (done.returncode, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in lines[0], lines[0]


@pytest.fixture
def config(tmp_path):
    """A configuration whose data set reads the folder raw/, and its registry."""
    raw = tmp_path / "raw"
    raw.mkdir()
    path = write_config(tmp_path, datasets={"small": {"raw": str(raw)}})
    built = trackmill("registry", "build", "--config", path)
    assert built.returncode == 0, built.stderr
    return path


def test_unknown_key(tmp_path):
    path = write_config(tmp_path, proces={"gap_s": 3})
    one_line(trackmill("organize", "--config", path), "config.yaml", "proces", "did you mean 'process'?")


def test_unknown_data_set(tmp_path):
    path = write_config(tmp_path)
    one_line(
        trackmill("organize", "--config", path, "--dataset", "smal"),
        "no data set 'smal'",
        "did you mean 'small'",
    )


def test_missing_configuration(tmp_path):
    one_line(trackmill("organize", "--config", tmp_path / "none.yaml"), "none.yaml", "no such configuration")


def test_missing_input_folder(tmp_path, config):
    (tmp_path / "raw").rmdir()
    one_line(trackmill("organize", "--config", config), str(tmp_path / "raw"), "no such file or folder")


def test_empty_input_folder(tmp_path, config):
    one_line(trackmill("organize", "--config", config), str(tmp_path / "raw"))


def test_missing_registry(tmp_path, config):
    (tmp_path / "results" / "registry.parquet").unlink()
    (tmp_path / "raw" / "states_2020-01-01-00.csv").write_text("time,icao24,lat,lon,baroaltitude\n")
    one_line(trackmill("organize", "--config", config), "registry.parquet")


@pytest.mark.parametrize("launch", [[], ["--backend", "mpi", "--triple", "1,2,1"]])
def test_corrupt_tar_fails_its_task_by_name_and_the_rest_goes_on(tmp_path, config, launch):
    raw = tmp_path / "raw"
    (raw / "states_2020-01-01-00.csv.tar").write_bytes(b"this is no tar file" * 100)
    rows = "time,icao24,lat,lon,baroaltitude\n1577840400,abc123,48.0,2.0,1000\n"
    (raw / "states_2020-01-01-01.csv.gz").write_bytes(gzip.compress(rows.encode()))
    done = trackmill("run", "organize", "--config", config, *launch, TRACKMILL_OVERSUBSCRIBE="1")
    assert done.returncode == 1
    assert "states_2020-01-01-00.csv.tar" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "results" / "small" / "organized" / "states_2020-01-01-01.parquet").exists()
    assert not (tmp_path / "results" / "small" / "ledger" / "organize.json").exists()


def test_missing_column_is_named(tmp_path, config):
    member = gzip.compress(b"time,icao24,lon,baroaltitude\n1577840400,abc123,2.0,1000\n")
    with tarfile.open(tmp_path / "raw" / "states_2020-01-01-00.csv.tar", "w") as tar:
        info = tarfile.TarInfo("states_2020-01-01-00.csv.gz")
        info.size = len(member)
        tar.addfile(info, io.BytesIO(member))
    done = trackmill("organize", "--config", config)
    assert done.returncode == 1
    assert "states_2020-01-01-00.csv.tar" in done.stderr
    assert "lat" in done.stderr
    assert "Traceback" not in done.stderr


def test_impossible_launch_options(config):
    one_line(trackmill("organize", "--config", config, "--triple", "1,0,1"), "triple")
    one_line(trackmill("organize", "--config", config, "--tasks-per-message", "0"), "--tasks-per-message")


def test_input_without_output_folder(config):
    one_line(trackmill("organize", "raw", "--config", config), "--out")


def test_unknown_recording(tmp_path):
    one_line(trackmill("samples", tmp_path / "raw", "quikstart"), "quikstart", "quickstart")


def test_report_before_the_run(config):
    one_line(trackmill("report", "--config", config), "organize.json", "has not finished")


def test_malformed_model(tmp_path):
    model = tmp_path / "model.txt"
    model.write_text("# labels_initial\nnonsense\n")
    done = trackmill("sample", model, "--out", tmp_path / "out.parquet")
    one_line(done, "model.txt")


def test_help_of_every_command_fits_a_screen():
    commands = [
        "registry",
        "samples",
        "simulate",
        "organize",
        "archive",
        "process",
        "statistics",
        "train",
        "run",
    ]
    commands += ["sbatch", "sample", "status", "report", "export", "config"]
    for command in commands:
        done = trackmill(command, "--help", COLUMNS="100")
        assert done.returncode == 0, command
        assert len(done.stdout.splitlines()) <= 45, command
