"""What the Snakemake rules share: the checked configuration, the paths, the words that start the ranks."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from data_schemas.config import Config, Dataset
from data_schemas.config.load import check_config
from data_schemas.errors import InputError, TrackmillError
from data_schemas.files import write_text
from data_schemas.packaged import resolve
from jobs.progress import TERMINAL
from jobs.slurm.request import Request, light_request, request
from workflow.layout import FUSE, Layout, fused_stages, raw_folder, stages_of


class Plan:
    """The configuration of a Snakemake run, checked before any rule is defined.

    Attributes
    ----------
    settings, layout, datasets
        The configuration, its paths, and the names of its data sets.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        with _faults_in_one_line():
            self.settings: Config = check_config(dict(config), "configuration")
            self._check_raw_folders()
        self.layout = Layout(Path(self.settings.results))
        self.datasets = list(self.settings.datasets)
        # Rules say `python`: let it be the one that runs Snakemake, whether or not its .venv is activated.
        here = str(Path(sys.executable).parent)
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
        if sys.stderr.isatty():  # ranks have no terminal of their own
            os.environ[TERMINAL] = os.ttyname(sys.stderr.fileno())

    def _check_raw_folders(self) -> None:
        for name in self.settings.datasets:
            dataset = self.settings.dataset(name)
            raw = dataset.raw
            if raw and not dataset.download.wanted and not Path(raw).is_dir():
                where = f"datasets.{name}.raw: {raw}"
                raise InputError(where, "no such folder of raw hours", "correct the path, or mount it")

    def request(self, stage: str) -> Request:
        """Return what the job of a stage asks SLURM for."""
        return request(self.settings.launch_of(stage), self.settings.cluster_of(stage))

    def threads(self, stage: str) -> int:
        """Return the cores that a stage uses of a node."""
        return self.request(stage).cores

    def resources(self, stage: str) -> dict[str, int | str]:
        """Return what the job of a stage asks for, in the words of Snakemake and of its SLURM plugin."""
        asked = self.request(stage)
        shape: dict[str, int | str] = {"nodes": asked.nodes, "cpus_per_task": asked.cpus_per_task}
        if asked.mpi:
            shape["mpi"] = "srun"  # for the plugin to know; `trackmill run` starts the ranks
            if asked.tasks_per_node > 1:
                shape["tasks_per_node"] = asked.tasks_per_node
            else:  # the plugin refuses one task a node
                shape["tasks"] = asked.nodes
        return shape | {"mem_mb": asked.memory_mb} | _named(asked)

    @property
    def light(self) -> dict[str, int | str]:
        """What the job of a rule without tasks asks for."""
        asked = light_request(self.settings.cluster)
        return {"mem_mb": asked.memory_mb} | _named(asked)

    def check_cluster(self) -> None:
        """Refuse jobs that the cluster will not take, before any is submitted."""
        from jobs.slurm.check import check_requests

        if not self.settings.cluster.check:
            return
        stages = {stage: None for name in self.datasets for stage in stages_of(self.settings.dataset(name))}
        requests = {stage: self.request(stage) for stage in stages}
        with _faults_in_one_line():
            check_requests(requests | {"registry, samples and report": light_request(self.settings.cluster)})

    def check_licences(self) -> None:
        """Refuse to start where terms of data have not been accepted: a rule's command cannot ask."""
        from tracks.download import accepted

        for name in self.datasets:
            download = self.settings.dataset(name).download
            folder = raw_folder(self.settings, name)
            if download.wanted and not download.accept_licences and not accepted(folder):
                where = f"datasets.{name}.download"
                remedy = (
                    "read them with `trackmill download --licences`, then set accept_licences: true there"
                )
                error = InputError(where, "the terms of the data are not accepted", remedy)
                print(f"trackmill: {error}", file=sys.stderr)
                raise SystemExit(error.exit_code)

    @property
    def config_file(self) -> str:
        """The file that the rules' commands read: the configuration as Snakemake has it, defaults and all.

        It is written when a run starts and is no input of any rule: each rule names the settings it uses, so
        that a changed setting reruns only what depends on it. (As an `ancient` input it would hide them:
        Snakemake 9 does not look for changed parameters downstream of a job that has to run.)
        """
        return str(self.layout.settings)

    def write_config(self) -> None:
        """Write the configuration for the rules' commands."""
        tree = self.settings.model_dump(mode="json")
        write_text(self.layout.settings, yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))

    @property
    def registers(self) -> list[str]:
        """Files and folders of the registers of aircraft."""
        return [str(resolve(source.path)) for source in self.settings.registry.sources]

    @property
    def leaf_files(self) -> list[str]:
        """Files that decide, with the register, how leaves are cut."""
        return list(self.settings.registry.leaves.files)

    def dataset(self, wildcards: Any) -> Dataset:
        """Return the settings of the data set that a rule's wildcards name."""
        return self.settings.dataset(wildcards.dataset)

    def raw(self, wildcards: Any) -> str:
        """Return a data set's raw folder, or the mark that its raw hours have been fetched or written."""
        name, dataset = wildcards.dataset, self.dataset(wildcards)
        if dataset.download.wanted:
            return str(self.layout.summary(name, "download"))
        return dataset.raw or str(self.layout.raw(name) / "samples.json")

    def run_through(self, stage: str, *fused: str) -> str:
        """Return the pattern of the data sets that are run through a stage, `fuse` being of these."""
        found = [
            name
            for name in self.datasets
            if stage in stages_of(dataset := self.settings.dataset(name))
            and (stage != FUSE or fused_stages(dataset) == fused)
        ]
        return "|".join(found) or "(?!)"  # which matches nothing

    def digest(self, *sections: str) -> Any:
        """Return the function of wildcards that digests these sections: a changed one reruns its stage."""
        return lambda wildcards: [getattr(self.dataset(wildcards), section).digest() for section in sections]


@contextmanager
def _faults_in_one_line() -> Iterator[None]:
    """End Snakemake with the one line and the exit code of our error, where it would add lines of its own."""
    try:
        yield
    except TrackmillError as error:
        print(f"trackmill: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None


def _named(asked: Request) -> dict[str, int | str]:
    """The settings of a job that the SLURM plugin knows by name, and the rest as words of sbatch."""
    cluster = asked.cluster
    named = {
        "runtime": cluster.minutes,
        "slurm_partition": cluster.partition,
        "slurm_account": cluster.account,
        "qos": cluster.qos,
        "constraint": cluster.constraint,
        "slurm_extra": shlex.join(asked.extra),
    }
    return {name: value for name, value in named.items() if value is not None}
