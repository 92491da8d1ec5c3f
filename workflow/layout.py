"""Where everything of a run lies below its results folder. Nothing else glues paths together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data_schemas.beside import conflicts_beside, summary_beside
from data_schemas.config import Config, Dataset

FUSE = "fuse"
"""The stage that does several of the others in one pass."""
STAGES = ("organize", "archive", "process", "statistics", "train")
"""Stages of a data set that run task lists, in order (stage 0, the registry, serves all data sets)."""


@dataclass(frozen=True)
class Layout:
    """Paths of a run; with a data set's name, of that data set."""

    results: Path

    @property
    def settings(self) -> Path:
        """The configuration of the run, defaults and all."""
        return self.results / "config.yaml"

    @property
    def registry(self) -> Path:
        """The one table of aircraft."""
        return self.results / "registry.parquet"

    @property
    def registry_beside(self) -> tuple[Path, Path]:
        """What its sources disagree on, and what was read of each."""
        return conflicts_beside(self.registry), summary_beside(self.registry)

    @property
    def activity(self) -> Path:
        """Rows seen of each address, where one has had them counted."""
        return self.results / "activity.parquet"

    @property
    def report(self) -> Path:
        """The report on all data sets."""
        return self.results / "report.html"

    @property
    def loop(self) -> Path:
        """The loop from a model to a model."""
        return self.results / "loop"

    @property
    def bench(self) -> Path:
        """The benchmark of launches."""
        return self.results / "bench"

    @property
    def bench_report(self) -> Path:
        """Its page."""
        return self.bench / "report.html"

    @property
    def bench_files(self) -> tuple[Path, ...]:
        """Its tables."""
        names = ("runs.parquet", "tasks.parquet", "model.parquet", "extrapolation.parquet", "bench.json")
        return tuple(self.bench / name for name in names)

    @property
    def queries(self) -> Path:
        """Queries for the traffic about aerodromes, and their answers."""
        return self.results / "queries"

    def raw(self, dataset: str) -> Path:
        """Raw hour files, where the run makes or fetches them itself."""
        return self.results / dataset / "raw"

    def output(self, dataset: str, stage: str) -> Path:
        """Folder that a stage writes to; of the fused pass, whose stages have folders of their own, all."""
        return self.results / dataset if stage == FUSE else self.results / dataset / FOLDERS[stage]

    def ledger(self, dataset: str, stage: str) -> Path:
        """Folder of a stage's ledger."""
        return self.results / dataset / "ledger" / stage

    def summary(self, dataset: str, stage: str) -> Path:
        """What a finished stage did, the same numbers on every run; there once all tasks are done."""
        return self.results / dataset / "ledger" / f"{stage}.json"

    def log(self, dataset: str, stage: str) -> Path:
        """Log of a stage."""
        return self.results / dataset / "logs" / f"{stage}.log"

    def benchmark(self, dataset: str, stage: str) -> Path:
        """Snakemake's measurement of a stage's job."""
        return self.results / dataset / "benchmarks" / f"{stage}.tsv"


def raw_folder(config: Config, name: str) -> Path:
    """Return the folder of a data set's raw hour files: its own, or the one that the run fills."""
    raw = config.dataset(name).raw
    return Path(raw) if raw else Layout(Path(config.results)).raw(name)


def stages_of(dataset: Dataset) -> tuple[str, ...]:
    """Return the stages that a data set is run through, in order: those that are fused as one."""
    if dataset.fuse.from_stage == "none":
        return STAGES
    return (*(stage for stage in STAGES if stage not in fused_stages(dataset)), FUSE)


def fused_stages(dataset: Dataset) -> tuple[str, ...]:
    """Return the stages that a fused pass does, where there is one."""
    first = dataset.fuse.from_stage
    return STAGES[STAGES.index("process" if first == "none" else first) :]


def tracks_folder(config: Config, name: str) -> Path | None:
    """Return the folder of a data set's 1 Hz tracks, None where they are not written."""
    layout, fuse = Layout(Path(config.results)), config.dataset(name).fuse
    if fuse.from_stage == "none":
        return layout.output(name, "process")
    return layout.output(name, FUSE) / FOLDERS[FUSE] / "tracks" if fuse.write_tracks else None


FOLDERS = {
    "organize": "organized",
    "archive": "archive",
    "process": "tracks",
    "statistics": "statistics",
    "train": "models",
    FUSE: "fused",
}
"""Folders below that of a data set that stages write to."""
