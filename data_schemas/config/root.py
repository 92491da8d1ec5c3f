"""The whole configuration: defaults for every data set, and the data sets with what is special to each."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from data_schemas.config.bench import BenchSettings
from data_schemas.config.cluster import ClusterSettings
from data_schemas.config.download import DownloadSettings
from data_schemas.config.enrich import EnrichSettings
from data_schemas.config.fuse import FuseSettings
from data_schemas.config.launch import LaunchSettings
from data_schemas.config.process import ProcessSettings
from data_schemas.config.query import QuerySettings
from data_schemas.config.section import Section
from data_schemas.config.source import ArchiveSettings, OrganizeSettings, RegistrySettings
from data_schemas.config.train import StatisticsSettings, TrainSettings


class Dataset(Section):
    """One data set with all of its settings (its own over the configuration's defaults)."""

    raw: str = ""
    """Folder of raw hour files, relative to the working directory. Unset: the run makes one below
    its results and fills it by `samples` or `download`."""
    samples: tuple[str, ...] = ()
    """Recordings of the PyPI package `traffic` that `trackmill samples` writes into the raw folder first
    (quickstart, switzerland, calfire, ...). Empty: none."""
    download: DownloadSettings = DownloadSettings()
    """Hours of OpenSky's weekly data set that `trackmill download` fetches into the raw folder first."""
    organize: OrganizeSettings = OrganizeSettings()
    """Stage 1."""
    archive: ArchiveSettings = ArchiveSettings()
    """Stage 2."""
    process: ProcessSettings = ProcessSettings()
    """Stage 3, steps 1 to 9."""
    enrich: EnrichSettings = EnrichSettings()
    """Stage 3, step 10."""
    statistics: StatisticsSettings = StatisticsSettings()
    """Stage 4."""
    train: TrainSettings = TrainSettings()
    """Stage 5."""
    fuse: FuseSettings = FuseSettings()
    """Stages done in one pass."""


class StageSettings(Section):
    """What one stage has of its own."""

    launch: dict[str, Any] = Field(default_factory=dict)
    """Settings of section `launch` that differ for this stage."""
    cluster: dict[str, Any] = Field(default_factory=dict)
    """Settings of section `cluster` that differ for this stage."""


class Stages(Section):
    """Stages whose launch or job differs from the others'."""

    organize: StageSettings = StageSettings()
    """Stage 1."""
    archive: StageSettings = StageSettings()
    """Stage 2."""
    process: StageSettings = StageSettings()
    """Stage 3."""
    statistics: StageSettings = StageSettings()
    """Stage 4."""
    train: StageSettings = StageSettings()
    """Stage 5."""
    fuse: StageSettings = StageSettings()
    """Stages done in one pass."""


class Config(Section):
    """The configuration of a run."""

    results: str = "results"
    """Folder that everything is written to, relative to the working directory."""
    launch: LaunchSettings = LaunchSettings()
    """How every stage's tasks are launched."""
    cluster: ClusterSettings = ClusterSettings()
    """What every stage's job asks SLURM for (`snakemake --profile slurm`, `trackmill sbatch`)."""
    stages: Stages = Stages()
    """What single stages have instead, such as
    `process: {launch: {triple: [4, 16, 1]}, cluster: {minutes: 240}}`."""
    registry: RegistrySettings = RegistrySettings()
    """Stage 0, shared by all data sets."""
    download: DownloadSettings = DownloadSettings()
    """How data sets with `download: {mondays: ...}` are fetched, default of every data set."""
    organize: OrganizeSettings = OrganizeSettings()
    """Stage 1, default of every data set."""
    archive: ArchiveSettings = ArchiveSettings()
    """Stage 2, default of every data set."""
    process: ProcessSettings = ProcessSettings()
    """Stage 3, steps 1 to 9, default of every data set."""
    enrich: EnrichSettings = EnrichSettings()
    """Stage 3, step 10, default of every data set."""
    statistics: StatisticsSettings = StatisticsSettings()
    """Stage 4, default of every data set."""
    train: TrainSettings = TrainSettings()
    """Stage 5, default of every data set."""
    fuse: FuseSettings = FuseSettings()
    """Stages done in one pass, default of every data set."""
    query: QuerySettings = QuerySettings()
    """`trackmill query`: which traffic about aerodromes is asked for."""
    bench: BenchSettings = BenchSettings()
    """`trackmill bench`: which launches are measured and simulated."""
    datasets: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    """Data sets by name: `raw`, `samples` or `download`, and of the sections above only what differs."""

    def dataset(self, name: str) -> Dataset:
        """Return a data set's settings: the defaults above with its own laid over them."""
        shared = self.model_dump(include={*Dataset.model_fields} - {"raw", "samples"})
        return Dataset.model_validate(_overlay(shared, self.datasets[name]))

    def launch_of(self, stage: str) -> LaunchSettings:
        """Return a stage's launch settings: the section `launch` with the stage's own laid over it."""
        return LaunchSettings.model_validate(self.launch.model_dump() | self._own(stage).launch)

    def cluster_of(self, stage: str) -> ClusterSettings:
        """Return a stage's cluster settings: the section `cluster` with the stage's own laid over it."""
        return ClusterSettings.model_validate(self.cluster.model_dump() | self._own(stage).cluster)

    def _own(self, stage: str) -> StageSettings:
        own: StageSettings = getattr(self.stages, stage)
        return own


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay one nested mapping over another, key by key."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(value, dict) and isinstance(under, dict)
        merged[key] = _overlay(under, value) if both else value  # type: ignore[arg-type]
    return merged
