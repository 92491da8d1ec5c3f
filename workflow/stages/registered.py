"""The stages by name, and the job that a configuration makes of one."""

from __future__ import annotations

from pathlib import Path

from data_schemas.config import Config
from workflow.layout import STAGES, Layout, raw_folder
from workflow.stages import archive, organize, process, statistics, train
from workflow.stages.stage import Job, Stage

BY_NAME: dict[str, Stage] = {
    module.STAGE.name: module.STAGE for module in (organize, archive, process, statistics, train)
}

SOURCE = {"archive": "organize", "process": "archive", "statistics": "process", "train": "process"}
"""Which stage's output a stage reads."""


def configured_job(config: Config, name: str, stage: str) -> Job:
    """Return the job of a stage on a data set of the configuration, all paths below its results folder."""
    layout = Layout(Path(config.results))
    source = raw_folder(config, name) if stage == STAGES[0] else layout.output(name, SOURCE[stage])
    return Job(
        stage=stage,
        inputs=(source,),
        output=layout.output(name, stage),
        registry=layout.registry,
        ledger=layout.ledger(name, stage),
        summary=layout.summary(name, stage),
        dataset=config.dataset(name),
        registry_settings=config.registry,
    )
