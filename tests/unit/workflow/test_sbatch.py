"""What `trackmill sbatch` prints; tests/cluster submits it to a real SLURM."""

import os
import shlex
import subprocess
import sys

import pytest
import yaml

from workflow.cli.main import main
from workflow.layout import STAGES

LAUNCH = {"triple": [2, 3, 5], "memory_gb": 1, "retries": 4}
TREE = {
    "launch": LAUNCH,
    "cluster": {"partition": "long", "exclusive": True},
    "stages": {"process": {"launch": {"triple": [7, 3, 5]}, "cluster": {"minutes": 240}}},
    "datasets": {"mondays": {"raw": "raw"}, "paris": {"samples": ["quickstart"]}},
}
FAKE_SBATCH = """\
#!/bin/bash
# Takes a script and numbers its jobs, as sbatch does.
number=$(($(ls "$JOBS" | wc -l) / 2 + 101))
cat > "$JOBS/$number.sh"
printf '%s\\n' "$@" > "$JOBS/$number.options"
[[ -s $JOBS/$number.sh ]] || { echo "sbatch: error: Batch script is empty!" >&2; exit 1; }
echo "$number;cluster"
"""


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    folder = tmp_path / "my project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    write(TREE)
    return folder


def write(tree):
    with open("my config.yaml", "w", encoding="utf-8") as file:  # noqa: PTH123
        yaml.safe_dump(tree, file)


@pytest.fixture
def printed(capsys):
    def run(*tokens):
        code = main(["sbatch", *tokens, "--config", "my config.yaml"])
        out, err = capsys.readouterr()
        assert (code, err) == (0, "")
        assert subprocess.run(["bash", "-n"], input=out, text=True, check=False).returncode == 0
        return out

    return run


@pytest.fixture
def refused(capsys):
    def run(*tokens):
        code = main(["sbatch", *tokens, "--config", "my config.yaml"])
        out, err = capsys.readouterr()
        assert (code, out, err.count("\n")) == (2, "", 1)
        return err

    return run


def options(text):
    return [line.removeprefix("#SBATCH ") for line in text.splitlines() if line.startswith("#SBATCH")]


def command(text):
    """The words of the script's last command."""
    return shlex.split(text[text.index("\nexec ") :].replace("\\\n", ""))


def test_a_stage_asks_for_what_the_configuration_says_of_it(printed):
    assert options(printed("process", "--dataset", "mondays")) == [
        "--job-name=trackmill-mondays-process",
        "--output=%x-%j.log",
        "--nodes=7",
        "--ntasks-per-node=3",
        "--cpus-per-task=5",
        f"--mem={3 * 1024 + 512}M",
        "--time=240",
        "--partition=long",
        "--no-requeue",
        "--exclusive",
        "--signal=TERM@60",
    ]
    assert "--time=60" in options(printed("archive", "--dataset", "mondays"))


def test_the_command_runs_the_stage_here_with_the_launch_asked_for(printed, project):
    text = printed("process", "--dataset", "paris", "--launch", "task_seconds=600")
    assert f"\ncd {shlex.quote(str(project))}\n" in text
    exec_, python, *words = command(text)
    assert (exec_, python) == ("exec", sys.executable)
    start = ["-m", "workflow.cli.main", "run", "process", "--config", "my config.yaml", "--dataset", "paris"]
    assert words[: len(start)] == start
    assert set(words[len(start) :]) == {
        "--launch",
        "triple=[7, 3, 5]",
        "backend=mpi",
        "mpi=pmi2",
        "distribution=self",
        "memory_gb=1.0",
        "task_seconds=600.0",
    }


def test_options_are_laid_over_the_configuration(printed):
    text = printed(
        *("organize", "--dataset", "mondays", "--triple", "11,1,1", "--retries", "0"),
        *("--cluster", "partition=null", "--cluster", "minutes=5", "--cluster", "exclusive=false"),
    )
    assert {"--nodes=11", "--time=5"} <= set(options(text))
    assert not any(line.startswith(("--partition", "--exclusive")) for line in options(text))
    assert {"triple=[11, 1, 1]", "retries=0"} <= set(command(text))


@pytest.mark.parametrize(
    ("launch", "shape", "warning"),
    [
        ("backend=serial", (1, 1, 5), "B:TERM"),
        ("backend=process", (1, 1, 15), "B:TERM"),
        ("mpi=mpiexec", (2, 3, 5), "B:TERM"),
        ("mpi=pmix", (2, 3, 5), "TERM"),
        ("backend=dask", (1, 1, 15), "B:TERM"),
    ],
)
def test_every_backend(printed, launch, shape, warning):
    text = printed("organize", "--dataset", "mondays", "--launch", launch)
    nodes, tasks, cores = shape
    asked = {f"--nodes={nodes}", f"--ntasks-per-node={tasks}", f"--cpus-per-task={cores}"}
    assert {*asked, f"--signal={warning}@60"} <= set(options(text))
    assert launch in command(text)


def test_dask_is_told_where_its_workers_are(printed):
    text = printed(*("organize", "--dataset", "mondays", "--backend", "dask", "--launch", "dask=slurm"))
    assert {"backend=dask", "dask=slurm"} <= set(command(text))
    assert {"--nodes=1", "--ntasks-per-node=1", "--cpus-per-task=1"} <= set(options(text))


@pytest.mark.parametrize("what", ["inputs", "report"])
def test_jobs_without_tasks_ask_for_a_core(printed, what):
    assert options(printed(what)) == [
        f"--job-name=trackmill-{what}",
        "--output=%x-%j.log",
        "--nodes=1",
        "--ntasks-per-node=1",
        "--cpus-per-task=1",
        "--mem=2000M",
        "--time=60",
        "--partition=long",
        "--no-requeue",
    ]


def run_inputs(text, project):
    """The commands that a script of inputs runs, by a Python that tells them only."""
    stub = project / "stub"
    stub.write_text('#!/bin/bash\necho "${*:3}"\n')
    stub.chmod(0o755)
    text = text.replace(sys.executable, shlex.quote(str(stub)))
    return subprocess.run(
        ["bash"], input=text, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_inputs_makes_what_is_missing(printed, project):
    text = printed("inputs")
    samples = "samples --config my config.yaml --dataset paris"
    assert run_inputs(text, project) == ["registry build --config my config.yaml", samples]
    (project / "results").mkdir()
    (project / "results" / "registry.parquet").touch()
    assert run_inputs(text, project) == [samples]
    (project / "results" / "paris" / "raw").mkdir(parents=True)
    (project / "results" / "paris" / "raw" / "samples.json").touch()
    assert run_inputs(text, project) == []


def test_inputs_of_one_data_set(printed, project):
    assert len(run_inputs(printed("inputs", "--dataset", "mondays"), project)) == 1


def submit_all(text, tmp_path):
    """Run a driver with a fake sbatch: the jobs' scripts and options by their numbers, and what was said."""
    tools, jobs = tmp_path / "tools", tmp_path / "jobs"
    tools.mkdir()
    jobs.mkdir()
    (tools / "sbatch").write_text(FAKE_SBATCH)
    (tools / "sbatch").chmod(0o755)
    variables = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "JOBS": str(jobs)}
    done = subprocess.run(["bash"], input=text, capture_output=True, text=True, check=False, env=variables)
    scripts = {int(path.stem): path.read_text() for path in sorted(jobs.glob("*.sh"))}
    given = {int(path.stem): path.read_text().splitlines() for path in jobs.glob("*.options")}
    return done, scripts, given


def test_all_submits_a_chain_of_jobs(printed, project, tmp_path):
    write(TREE | {"results": "100% mine", "datasets": {"first one": {"raw": "raw"}}})
    text = printed("all", "--cluster", "account=proj7", "--launch", "memory_gb=2")
    done, scripts, given = submit_all(text, tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[0] == "job 101: inputs"
    names = {number: options(script)[0] for number, script in scripts.items()}
    stages = [f"--job-name=trackmill-first_one-{stage}" for stage in STAGES]
    assert list(names.values()) == ["--job-name=trackmill-inputs", *stages, "--job-name=trackmill-report"]
    waits = {
        number: [word.removeprefix("--dependency=") for word in words if word.startswith("--dependency")]
        for number, words in given.items()
    }
    chain = {102: "101", 103: "102", 104: "103", 105: "104", 106: "104", 107: "105:106"}
    assert waits == {101: []} | {number: [f"afterok:{before}"] for number, before in chain.items()}
    for number, script in scripts.items():
        assert "--kill-on-invalid-dep=yes" in given[number]
        assert "--output=100%% mine/logs/%x-%j.log" in given[number]
        assert "--account=proj7" in options(script)
        if number in range(102, 107):
            assert f"--mem={3 * 2048 + 512}M" in options(script)
            assert "memory_gb=2.0" in command(script)
    assert (project / "100% mine" / "logs").is_dir()


@pytest.mark.parametrize(("first", "stages"), [("process", 3), ("archive", 2)])
def test_all_submits_fused_stages_as_one(printed, tmp_path, first, stages):
    write(TREE | {"datasets": {"one": {"raw": "raw", "fuse": {"from_stage": first}}}})
    done, scripts, given = submit_all(printed("all"), tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    names = [options(script)[0].removeprefix("--job-name=trackmill-") for script in scripts.values()]
    single = [f"one-{stage}" for stage in STAGES[: stages - 1]]
    assert names == ["inputs", *single, "one-fuse", "report"]
    for number in range(102, 103 + stages):
        assert f"--dependency=afterok:{number - 1}" in given[number]


def test_all_stops_where_a_script_cannot_be_had(printed, tmp_path):
    text = printed("all")
    write({"datasets": {}})
    done, scripts, _ = submit_all(text, tmp_path)
    assert done.returncode != 0
    assert list(scripts) == [101]
    assert "Traceback" not in done.stderr


def test_all_of_one_data_set_has_no_report(printed):
    text = printed("all", "--dataset", "paris")
    assert "mondays" not in text
    assert "submit" in text
    assert " report)" not in text


def test_faults_are_told_before_anything_is_printed(refused):
    assert "did you mean 'minutes'" in refused("all", "--cluster", "minute=5")
    assert "--launch memory_gb" in refused("all", "--launch", "memory_gb=0")
    assert "add --dataset mondays|paris" in refused("organize")
    assert "--dataset" in refused("report", "--dataset", "paris")
    # Stage process has four hours of its own, the others one.
    assert "not shorter than 60 min" in refused("all", "--cluster", "warning_seconds=7200")
