"""What SLURM says of partitions, in the words of its versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.slurm.partitions import Nodes, parse_partitions, parse_seconds

# As SLURM 22.05 writes them (a line each), and as 24.11 does, with fields and a state of its own.
V22 = (
    "PartitionName=all AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=YES QoS=N/A "
    "DefaultTime=NONE DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO MaxNodes=UNLIMITED "
    "MaxTime=UNLIMITED MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED Nodes=n[1-4] PriorityJobFactor=1 "
    "PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO OverTimeLimit=NONE PreemptMode=OFF State=UP "
    "TotalCPUs=8 TotalNodes=4 SelectTypeParameters=NONE JobDefaults=(null) DefMemPerNode=UNLIMITED "
    "MaxMemPerNode=UNLIMITED TRES=cpu=8,mem=8000M,node=4,billing=8\n"
    "PartitionName=tmpx AllowGroups=daemon AllowAccounts=survey,rail AllowQos=ALL AllocNodes=ALL Default=NO "
    "QoS=N/A DefaultTime=NONE DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO MaxNodes=1 "
    "MaxTime=1-02:00:00 MinNodes=1 LLN=NO MaxCPUsPerNode=1 Nodes=n[3-4] PriorityJobFactor=1 PriorityTier=1 "
    "RootOnly=NO ReqResv=NO OverSubscribe=NO OverTimeLimit=NONE PreemptMode=OFF State=DRAIN TotalCPUs=4 "
    "TotalNodes=2 SelectTypeParameters=NONE JobDefaults=(null) DefMemPerNode=UNLIMITED MaxMemPerNode=500 "
    "TRES=cpu=4,mem=4000M,node=2,billing=4\n"
)
V24 = (
    "PartitionName=CPU nodes (amd) AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=YES "
    "QoS=N/A DefaultTime=00:10:00 DisableRootJobs=YES ExclusiveUser=NO ExclusiveTopo=NO GraceTime=0 "
    "Hidden=NO "
    "MaxNodes=16 MaxTime=06:00:00 MinNodes=1 LLN=NO MaxCPUsPerNode=UNLIMITED MaxCPUsPerSocket=UNLIMITED "
    "NodeSets=amd Nodes=x[1-500],y[1-8] PriorityJobFactor=1 PriorityTier=1 RootOnly=NO ReqResv=NO "
    "OverSubscribe=NO OverTimeLimit=NONE PreemptMode=OFF State=UP TotalCPUs=130048 TotalNodes=508 "
    "SelectTypeParameters=NONE JobDefaults=DefCpuPerGPU=1 DefMemPerCPU=192 MaxMemPerCPU=4000 "
    "TRES=cpu=130048,mem=420000000M,node=508,billing=120000000 TRESBillingWeights=CPU=900,Mem=200G\n"
)
SINFO = """\
all|2|2|2000|idle|west
all|1|2|2000|mixed-|east
all|1|2|2000|down*|east
tmpx|1|2|2000|allocated+|(null)
tmpx|1|4|4000|idle~|(null)
CPU nodes (amd)|500|256|768000|planned|amd,rack1
"""


def test_no_limits():
    found = parse_partitions(V22, SINFO)
    assert list(found) == ["all", "tmpx"]
    every = found["all"]
    assert (every.state, every.is_default, every.total_nodes) == ("UP", True, 4)
    limits = (every.max_nodes, every.max_cpus, every.max_memory_mb, every.max_seconds, every.accounts)
    assert limits == (None,) * 5


def test_limits():
    small = parse_partitions(V22, SINFO)["tmpx"]
    assert (small.state, small.is_default, small.total_nodes) == ("DRAIN", False, 2)
    assert (small.max_nodes, small.max_cpus, small.max_memory_mb) == (1, 1, 500)
    assert small.max_seconds == 26 * 3600
    assert small.accounts == ("survey", "rail")


def test_newer_fields_and_a_name_with_spaces():
    (found,) = parse_partitions(V24, SINFO).values()
    assert (found.name, found.max_nodes, found.max_seconds) == ("CPU nodes (amd)", 16, 6 * 3600)
    assert found.max_memory_mb is None
    assert found.nodes == (Nodes(500, 256, 768000, frozenset({"amd", "rack1"}), True),)


def test_nodes_are_in_service_unless_they_say_otherwise():
    found = parse_partitions(V22, SINFO)
    assert [(group.count, group.in_service) for group in found["all"].nodes] == [
        (2, True),
        (1, True),
        (1, False),
    ]
    assert [(group.cpus, group.in_service) for group in found["tmpx"].nodes] == [(2, True), (4, False)]
    assert found["all"].features == ["east", "west"]
    assert found["tmpx"].features == []


def test_nodes_that_fit():
    every, small = parse_partitions(V22, SINFO).values()
    assert sum(group.count for group in every.fitting(2, 2000)) == 4
    assert sum(group.count for group in every.fitting(2, 2000, {"east"})) == 2
    assert every.fitting(2, 2000, {"east", "west"}) == []
    assert [group.cpus for group in small.fitting(3, 100)] == [4]
    assert [group.cpus for group in small.fitting(1, 3000)] == [4]


def test_nothing_is_no_partition():
    assert parse_partitions("No partitions in the system\n", "") == {}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("UNLIMITED", None),
        ("INFINITE", None),
        ("00:01:00", 60),
        ("1-00:00:00", 86400),
        ("30-12:00", 30 * 86400 + 12 * 3600),
        ("2-6", 2 * 86400 + 6 * 3600),
        ("30:15", 30 * 60 + 15),
        ("90", 90 * 60),
    ],
)
def test_times_as_slurm_writes_and_reads_them(text, seconds):
    assert parse_seconds(text) == seconds


@given(st.integers(0, 400), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_times_as_scontrol_prints_them(days, hours, minutes, seconds):
    clock = f"{hours:02}:{minutes:02}:{seconds:02}"
    printed = f"{days}-{clock}" if days else clock
    assert parse_seconds(printed) == days * 86400 + hours * 3600 + minutes * 60 + seconds


@pytest.mark.parametrize("text", ["", "soon", "1-", "-1", "1:2:3:4", "1-00:00:00:00", "1.5", "٣"])
def test_a_limit_that_cannot_be_read_is_none(text):
    assert parse_seconds(text) is None
