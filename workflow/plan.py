"""What the Snakemake rules share: the checked configuration, the paths, the words that start the ranks."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from snakemake.exceptions import WorkflowError

from data_schemas.config import Config, Dataset
from data_schemas.config.load import check_config
from data_schemas.errors import TrackmillError
from jobs.launcher import command
from jobs.progress import TERMINAL
from workflow.layout import Layout

MEMORY_PER_PROCESS_MB = 2000


class Plan:
    """The configuration of a Snakemake run, checked before any rule is defined.

    Attributes
    ----------
    settings, layout, datasets
        The configuration, its paths, and the names of its data sets.
    threads, memory_mb
        What the job of a stage asks for.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        try:
            self.settings: Config = check_config(dict(config), "configuration")
        except TrackmillError as error:
            raise WorkflowError(str(error)) from None
        self.layout = Layout(Path(self.settings.results))
        self.datasets = list(self.settings.datasets)
        _, processes, threads = self.settings.launch.triple
        self.threads = processes * threads
        self.memory_mb = MEMORY_PER_PROCESS_MB * processes
        # Rules say `python`: let it be the one that runs Snakemake, whether or not its .venv is activated.
        here = str(Path(sys.executable).parent)
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
        if sys.stderr.isatty():  # ranks have no terminal of their own
            os.environ[TERMINAL] = os.ttyname(sys.stderr.fileno())

    @property
    def launcher(self) -> str:
        """Words before a stage's command that start its ranks; none where one process is enough."""
        return " ".join(command(self.settings.launch, [], mpiexec="mpiexec"))

    @property
    def text(self) -> str:
        """The whole configuration as YAML, defaults included."""
        return yaml.safe_dump(self.settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)

    def dataset(self, wildcards: Any) -> Dataset:
        """Return the settings of the data set that a rule's wildcards name."""
        return self.settings.dataset(wildcards.dataset)

    def raw(self, wildcards: Any) -> str:
        """Return a data set's raw folder, or the mark that its recordings have been written."""
        name = wildcards.dataset
        return self.dataset(wildcards).raw or str(self.layout.raw(name) / "samples.json")

    def digest(self, *sections: str) -> Any:
        """Return the function of wildcards that digests these sections: a changed one reruns its stage."""
        return lambda wildcards: [getattr(self.dataset(wildcards), section).digest() for section in sections]
