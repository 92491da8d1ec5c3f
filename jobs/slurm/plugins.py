"""Whether srun has the MPI plugin that starts the ranks."""

from __future__ import annotations

import re

from data_schemas.errors import InputError
from jobs.slurm.commands import ask

_INSTEAD = {"pmix": "pmi2 (for MPICH) or mpiexec", "pmi2": "pmix (for Open MPI) or mpiexec"}


def check_plugin(where: str, plugin: str) -> None:
    """Refuse a plugin that srun does not have or cannot load.

    Parameters
    ----------
    where
        What an error names.
    plugin
        What `srun --mpi=` would be given.

    Raises
    ------
    InputError
        With the plugins that there are.
    """
    remedy = f"set launch.mpi to {_INSTEAD.get(plugin, 'mpiexec')}, or ask the site"
    listed = plugins(ask(["srun", "--mpi=list"]).text)
    if listed and plugin not in listed:
        known = ", ".join(listed)
        raise InputError(where, f"srun has no MPI plugin {plugin}, it has {known}", remedy)
    # Listed is what is installed: whether its libraries are there too shows only when srun loads it.
    tried = ask(["srun", "--test-only", f"--mpi={plugin}", "--nodes=1", "--ntasks=1", "--time=1", "true"])
    if re.search("invalid mpi type", tried.text, re.IGNORECASE):
        lines = tried.text.splitlines()
        words = next((line for line in lines if "load" in line), lines[-1]).removeprefix("srun: error:")
        raise InputError(where, f"srun cannot load its MPI plugin {plugin}: {words.strip()}", remedy)


def plugins(text: str) -> list[str]:
    """Return the names in what `srun --mpi=list` prints, sorted.

    Parameters
    ----------
    text
        A name a line, behind `srun:` until SLURM 20, indented since; then those of one plugin's versions.
    """
    names = set()
    for line in text.splitlines():
        bare = line.removeprefix("srun:").strip()
        head, _, versions = bare.partition("versions available:")
        words = versions.split(",") if versions else [head]
        names |= {word.strip() for word in words if re.fullmatch(r"[a-z]\w*", word.strip(), re.ASCII)}
    return sorted(names)
