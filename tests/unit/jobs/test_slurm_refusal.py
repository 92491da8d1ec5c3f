"""What SLURM's refusals say, in the words of its versions, and which setting they are about."""

import pytest

from data_schemas.config.cluster import ClusterSettings
from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs.slurm import refusal
from jobs.slurm.commands import Answer
from jobs.slurm.partitions import Nodes, Partition
from jobs.slurm.plugins import plugins
from jobs.slurm.request import request


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ("allocation failure: Invalid feature specification\n", "Invalid feature specification"),
        (
            "sbatch: error: invalid partition specified: x\n"
            "allocation failure: Invalid partition name specified\n",
            "invalid partition specified: x; Invalid partition name specified",
        ),
        (
            "sbatch: unrecognized option '--nope'\nTry \"sbatch --help\" for more information\n",
            "unrecognized option '--nope'",
        ),
        (
            "*** Welcome to Frontier Six ***\nsbatch: error: You must give an account.\n"
            "allocation failure: Unspecified error\n",
            "You must give an account.; Unspecified error",
        ),
        ("no reason\n", "no reason"),
        ("", "sbatch ends with exit code 1"),
    ],
)
def test_words_of_a_refusal(errors, words):
    assert refusal.refusal(Answer(1, "", errors)) == words


def test_an_estimate_is_no_refusal():
    estimate = (
        "sbatch: Job 52 to start at 2026-11-21T11:06:54 using 1 processors on nodes n1 in partition all\n"
    )
    assert refusal.refusal(Answer(0, "", estimate)) is None


def partition(accounts=None, in_service=True):
    nodes = (
        Nodes(3, 2, 2000, frozenset({"west"}), True),
        Nodes(1, 2, 2000, frozenset({"east"}), in_service),
    )
    return Partition("all", "UP", True, 4, None, None, None, None, accounts, nodes)


def answer(monkeypatch, words, where=None, **cluster):
    monkeypatch.setattr(refusal, "ask", lambda *_, **__: Answer(1, "", f"allocation failure: {words}\n"))
    asked = request(LaunchSettings(triple=(2, 2, 1), memory_gb=0.5), ClusterSettings(**cluster))
    refusal.try_request("stage process", asked, [where or partition()])


@pytest.mark.parametrize(
    ("words", "cluster", "remedy"),
    [
        ("Invalid account or account/partition combination specified", {}, "cluster.account is not set: "),
        ("Invalid qos specification", {"qos": "long"}, "cluster.qos is long: set it to one of yours"),
        ("Invalid feature specification", {"constraint": "a|b"}, "a|b; features there: east, west"),
        (
            "Requested time limit is invalid (missing or exceeds some limit)",
            {},
            "change cluster.minutes (60)",
        ),
        ("Node count specification invalid", {}, "change launch.triple"),
        ("Memory required by task is not available", {}, "change launch.memory_gb"),
        (
            "User's group not permitted to use this partition",
            {"partition": "p"},
            "change cluster.partition (p)",
        ),
        (
            "Requested reservation is invalid",
            {"extra": ("--reservation=x",)},
            "cluster.extra (--reservation=x)",
        ),
        ("Something new", {"partition": "p"}, "sbatch was asked for --nodes=2 --ntasks-per-node=2 "),
        (
            "Requested node configuration is not available",
            {"constraint": "[a|b]"},
            "cluster.constraint or launch",
        ),
        (
            "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
            {},
            "change cluster.qos, cluster.account, cluster.minutes or launch.triple",
        ),
    ],
)
def test_a_refusal_names_the_setting(monkeypatch, words, cluster, remedy):
    with pytest.raises(InputError) as caught:
        answer(monkeypatch, words, **cluster)
    assert caught.value.where == "stage process"
    assert caught.value.problem == f"SLURM refuses the job: {words}"
    assert remedy in caught.value.remedy


def test_accounts_of_the_partition_are_named(monkeypatch):
    with pytest.raises(InputError, match=r"cluster\.account is x: .* partition all takes: rail, survey"):
        answer(monkeypatch, "Invalid account", partition(("survey", "rail")), account="x")


@pytest.mark.parametrize(
    "words",
    [
        "Requested nodes are busy",
        "Required node not available (down, drained or reserved)",
        "Requested partition configuration not available now",
        "Socket timed out on send/recv operation",
    ],
)
def test_what_would_only_wait_is_taken(monkeypatch, words):
    answer(monkeypatch, words)


def test_a_shape_that_nodes_out_of_service_may_have_is_taken(monkeypatch):
    answer(monkeypatch, "Requested node configuration is not available", partition(in_service=False))


def test_a_shape_with_nodes_of_ones_own_is_left_to_sbatch(monkeypatch):
    answer(monkeypatch, "Requested node configuration is not available", extra=("--nodelist=n1",))


def test_no_answer_is_said(monkeypatch):
    with pytest.raises(InputError, match="SLURM: its controller does not answer: Unable to contact"):
        answer(monkeypatch, "Unable to contact slurm controller (connect failure)")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (  # SLURM 19 and 20, on standard error
            "srun: MPI types are...\nsrun: none\nsrun: openmpi\nsrun: pmi2\nsrun: pmix_v3\nsrun: pmix\n",
            ["none", "openmpi", "pmi2", "pmix", "pmix_v3"],
        ),
        ("MPI plugin types are...\n\tcray_shasta\n\tnone\n\tpmi2\n", ["cray_shasta", "none", "pmi2"]),
        (
            "MPI plugin types are...\n\tpmix\n\tnone\n\tpmi2\n"
            "specific pmix plugin versions available: pmix_v4,pmix_v5\n",
            ["none", "pmi2", "pmix", "pmix_v4", "pmix_v5"],
        ),
        ("srun: error: something else\n", []),
    ],
)
def test_plugins_of_srun(text, names):
    assert plugins(text) == names
