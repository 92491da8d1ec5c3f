"""Batch scripts: their lines, and that quoting survives a real bash."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.config.cluster import ClusterSettings
from data_schemas.config.launch import LaunchSettings
from jobs.slurm.request import request
from jobs.slurm.script import batch_script, command_line


def script(folder=Path("/project"), body=("true",), name="job", title="What it does.", steps=True, **cluster):
    asked = request(LaunchSettings(triple=(2, 3, 5), memory_gb=1), ClusterSettings(**cluster))
    return batch_script(replace(asked, steps=steps), name, title, folder, body)


def options(text):
    """The options of sbatch as it reads them: before the first command, a backslash quotes one character."""
    head = text.partition("\nset -euo pipefail\n")[0]
    return [
        line.removeprefix("#SBATCH ").replace("\\", "")
        for line in head.splitlines()
        if line.startswith("#SBATCH")
    ]


def bash(text, *flags):
    return subprocess.run(["bash", *flags], input=text, capture_output=True, text=True, check=False)


def test_minimal_options():
    assert options(script(warning_seconds=0)) == [
        "--job-name=job",
        "--output=%x-%j.log",
        "--nodes=2",
        "--ntasks-per-node=3",
        "--cpus-per-task=5",
        f"--mem={3 * 1024 + 512}M",
        "--time=60",
        "--no-requeue",
    ]


def test_all_options():
    cluster = {
        "partition": "long",
        "account": "proj7",
        "qos": "low",
        "constraint": "[rack1|rack2]",
        "exclusive": True,
        "minutes": 90,
        "warning_seconds": 120,
        "extra": ("--mail-type=FAIL",),
    }
    assert set(options(script(**cluster))) - set(options(script(warning_seconds=0))) == {
        "--time=90",
        "--partition=long",
        "--account=proj7",
        "--qos=low",
        "--constraint=[rack1|rack2]",
        "--exclusive",
        "--signal=TERM@120",
        "--mail-type=FAIL",
    }


def test_without_steps_the_warning_goes_to_the_script():
    assert "--signal=B:TERM@60" in options(script(steps=False))
    assert not any(line.startswith("--signal") for line in options(script(steps=False, warning_seconds=0)))


def test_options_come_before_the_first_command():
    lines = script(extra=("--nice=3",)).splitlines()
    assert lines[0] == "#!/bin/bash"
    first = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    assert not any(line.startswith("#SBATCH") for line in lines[first:])


def test_what_slurm_would_read_otherwise_is_quoted():
    assert r"#SBATCH --comment=it\'s\#1\"\\" in script(extra=("--comment=it's#1\"\\",)).splitlines()


@pytest.mark.parametrize(
    ("name", "expected"), [("a b/c\nd", "a_b_c_d"), ("trackmill-paris-process", "trackmill-paris-process")]
)
def test_job_name_is_one_word_without_folders(name, expected):
    assert options(script(name=name))[0] == f"--job-name={expected}"


def test_title_stays_a_comment():
    done = bash(script(title="one\necho two\r\nexit 3", folder=Path("/")))
    assert (done.returncode, done.stdout) == (0, "")


def test_first_failure_ends_it_with_its_exit_code():
    done = bash(script(folder=Path("/"), body=["(exit 75)", "echo not reached"]))
    assert (done.returncode, done.stdout) == (75, "")


ODD = st.text(
    st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=20
) | st.sampled_from(["$HOME", "a b", "`id`", "it's", '"', "\\", "-n", "*", "a\nb", "!!", "~", "#x", "é"])


@given(words=st.lists(ODD, max_size=5), more=st.lists(ODD, max_size=3), folder=ODD)
@settings(max_examples=40, deadline=None)
def test_every_word_and_the_folder_reach_the_command(tmp_path_factory, words, more, folder):
    place = tmp_path_factory.mktemp("odd") / f"x{folder}"
    place.mkdir()
    show = (sys.executable, "-Ssc", "import os, sys; print(ascii([os.getcwd(), *sys.argv[1:]]))")
    text = script(folder=place, body=[command_line(("exec", *show), words, more)])
    assert bash(text, "-n").returncode == 0
    done = bash(text)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ascii([str(place), *words, *more]) + "\n"


def test_command_line_has_a_line_for_each_part():
    line = command_line(("run", "a b"), (), ("--key", "v"))
    assert line.splitlines() == ["run 'a b' \\", "    --key v"]
