"""The stages by name, and the job that a configuration makes of one."""

from __future__ import annotations

from pathlib import Path

from data_schemas.config import Config, Dataset
from data_schemas.errors import InputError
from workflow.layout import FUSE, Layout, fused_stages, raw_folder, stages_of
from workflow.stages import archive, fuse, organize, process, statistics, train
from workflow.stages.stage import Job, Stage

BY_NAME: dict[str, Stage] = {
    module.STAGE.name: module.STAGE for module in (organize, archive, process, statistics, train, fuse)
}

_SOURCE = {"archive": "organize", "process": "archive", "statistics": "process", "train": "process"}


def source_of(dataset: Dataset, stage: str) -> str | None:
    """Return the stage whose output a stage reads; None: raw hours."""
    return _SOURCE.get(fused_stages(dataset)[0] if stage == FUSE else stage)


def check_stage(config: Config, name: str, stage: str) -> None:
    """Refuse a stage that a data set is not run through: its files are another's.

    Raises
    ------
    InputError
        The stage is fused with others, or nothing is fused.
    """
    dataset = config.dataset(name)
    if stage in stages_of(dataset):
        return
    where = f"stage {stage} of {name}"
    if stage == FUSE:
        remedy = "set fuse: {from_stage: process}, or name INPUT and --out"
        raise InputError(where, "no stages are fused, as fuse.from_stage is none", remedy)
    problem = f"is done by stage {FUSE}, as fuse.from_stage is {dataset.fuse.from_stage}"
    raise InputError(where, problem, f"run stage {FUSE}, or set fuse: {{from_stage: none}}")


def configured_job(config: Config, name: str, stage: str) -> Job:
    """Return the job of a stage on a data set of the configuration, all paths below its results folder."""
    layout = Layout(Path(config.results))
    dataset = config.dataset(name)
    before = source_of(dataset, stage)
    source = layout.output(name, before) if before else raw_folder(config, name)
    return Job(
        stage=stage,
        inputs=(source,),
        output=layout.output(name, stage),
        registry=layout.registry,
        ledger=layout.ledger(name, stage),
        summary=layout.summary(name, stage),
        dataset=dataset,
        registry_settings=config.registry,
    )
