"""The configuration as typed models: one section a file, every field with its unit and meaning."""

from data_schemas.config.bench import BenchSettings
from data_schemas.config.cluster import ClusterSettings
from data_schemas.config.download import DownloadSettings
from data_schemas.config.enrich import EnrichSettings
from data_schemas.config.fuse import FuseSettings
from data_schemas.config.launch import LaunchSettings
from data_schemas.config.leaves import LeafSettings
from data_schemas.config.load import load_config
from data_schemas.config.model import ModelSettings
from data_schemas.config.process import ProcessSettings, TypeLimits
from data_schemas.config.query import QuerySettings
from data_schemas.config.root import Config, Dataset
from data_schemas.config.simulate import SimulateSettings
from data_schemas.config.source import ArchiveSettings, OrganizeSettings, RegistrySettings
from data_schemas.config.structure import StructureSettings
from data_schemas.config.train import StatisticsSettings, TrainSettings

__all__ = [
    "ArchiveSettings",
    "BenchSettings",
    "ClusterSettings",
    "Config",
    "Dataset",
    "DownloadSettings",
    "EnrichSettings",
    "FuseSettings",
    "LaunchSettings",
    "LeafSettings",
    "ModelSettings",
    "OrganizeSettings",
    "ProcessSettings",
    "QuerySettings",
    "RegistrySettings",
    "SimulateSettings",
    "StatisticsSettings",
    "StructureSettings",
    "TrainSettings",
    "TypeLimits",
    "load_config",
]
