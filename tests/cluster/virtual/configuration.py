"""What the virtual cluster is: its nodes, places and the text of its slurm.conf."""

from pathlib import Path
from typing import Final

NODES: Final = ("n1", "n2", "n3", "n4")
CPUS: Final = 2
"""CPUs of a virtual node, whatever the machine has: nothing is bound, the nodes share its cores."""
MEMORY_MB: Final = 2000
"""Memory of a virtual node [MB]: shared out by the scheduler, not enforced."""
FEATURES: Final = {"n1": "west", "n2": "west", "n3": "east", "n4": "east"}
"""What a constraint can ask of each."""

MARKER: Final = "Written by trackmill's `make cluster`; `make cluster-stop` removes it."
"""In the first line of files in places that are not ours."""
SLURM_CONF: Final = Path("/etc/slurm/slurm.conf")
"""The only place that works: jobs do not inherit SLURM_CONF."""
JOB_SUBMIT: Final = SLURM_CONF.with_name("job_submit.lua")
"""Where the controller looks for the rules of its site."""
STATE: Final = Path("/run/trackmill-cluster")
"""Processes, logs, spools, key. Gone after a reboot, as the processes are."""
MUNGE: Final = STATE / "munge"
LOGS: Final = STATE / "logs"
SPOOL: Final = STATE / "spool"

ADDRESS: Final = "127.0.0.1"
CONTROLLER_PORT: Final = 16817
FIRST_NODE_PORT: Final = 17001
KILL_WAIT_SECONDS: Final = 5
"""From SIGTERM to SIGKILL at the walltime and at scancel."""


ACCOUNT: Final = "survey"
QOS: Final = "normal"
"""The account and the quality of service that jobs in the partition `projects` must and may have."""


def slurm_conf(host: str, first_job: int) -> str:
    """Return slurm.conf for a machine.

    Parameters
    ----------
    host
        Its name, which must resolve to `ADDRESS`: with `NoInAddrAny` SLURM binds its ports to what the name
        resolves to, and with anything else to all addresses of the machine.
    first_job
        Number of the first job. Killed ranks of MPICH leave files in /dev/shm named after their job: a
        cluster started anew that began with 1 again would run into them.
    """
    nodes = "\n".join(
        f"NodeName={node} NodeHostname={host} NodeAddr={ADDRESS} Port={FIRST_NODE_PORT + place} "
        f"Feature={FEATURES[node]}"
        for place, node in enumerate(NODES)
    )
    return f"""\
# {MARKER}
ClusterName=trackmill
FirstJobId={first_job}
SlurmctldHost={host}({ADDRESS})
SlurmctldPort={CONTROLLER_PORT}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={MUNGE}/socket
StateSaveLocation={STATE}/controller
SlurmdSpoolDir={SPOOL}/%n
SlurmctldPidFile={STATE}/slurmctld.pid
SlurmdPidFile={STATE}/%n.pid
SlurmctldLogFile={LOGS}/slurmctld.log
SlurmdLogFile={LOGS}/%n.log
MailProg=/bin/true
# Nothing is pinned or metered: the virtual nodes lie on one machine and share its cores.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SlurmdParameters=config_overrides
# Cores and memory are what a job asks for; one that asks for no memory gets a node's share for each CPU.
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# What a partition never gives is refused at once, as most sites do, instead of waiting for ever.
EnforcePartLimits=ALL
JobSubmitPlugins=lua
DefMemPerCPU={MEMORY_MB // CPUS}
# Short, so that the tests are: from SIGTERM to SIGKILL, and from the walltime to SIGTERM.
KillWait={KILL_WAIT_SECONDS}
OverTimeLimit=0
# Without accounting an ended job is known only as long as the controller remembers it [s].
MinJobAge=3600
# A node set down by hand stays down until it is resumed.
ReturnToService=1
# The machine may be busy: late answers are not failures [s].
MessageTimeout=60
TCPTimeout=10
NodeName=DEFAULT CPUs={CPUS} Boards=1 SocketsPerBoard=1 CoresPerSocket={CPUS} ThreadsPerCore=1 \
RealMemory={MEMORY_MB} State=UNKNOWN
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes=ALL MaxTime=1 DefaultTime=1 State=UP
PartitionName=projects Nodes=ALL MaxTime=INFINITE State=UP
"""


def job_submit() -> str:
    """Return the site's rules for jobs, in Lua.

    They answer as a cluster with accounting does. SLURM itself needs slurmdbd for it: without, a partition
    with AllowAccounts refuses every job under EnforcePartLimits, and takes every one otherwise.
    """
    return f"""\
-- {MARKER}
local INVALID_QOS = 2066  -- slurm_errno.h; the table `slurm` has no name for it

function slurm_job_submit(job)
    if job.partition == "projects" then
        if job.account ~= "{ACCOUNT}" then
            return slurm.ESLURM_INVALID_ACCOUNT
        end
        if job.qos ~= nil and job.qos ~= "{QOS}" then
            return INVALID_QOS
        end
    end
    return slurm.SUCCESS
end

function slurm_job_modify()
    return slurm.SUCCESS
end
"""
