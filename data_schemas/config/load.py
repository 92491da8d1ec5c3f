"""Read and check a configuration; every fault is one line with its place and the nearest valid name."""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from data_schemas.config.cluster import ClusterSettings
from data_schemas.config.launch import LaunchSettings
from data_schemas.config.root import Config, Dataset, Stages
from data_schemas.errors import ConfigError, did_you_mean


def load_config(path: str | Path) -> Config:
    """Read a YAML configuration and check all of it, every data set included.

    Raises
    ------
    ConfigError
        The file is missing or not YAML, a key is unknown, a value is wrong: all faults in one line.
    """
    file = Path(path)
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(file, "no such configuration file", "give one with --config FILE") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        text = " ".join(str(error).split())
        raise ConfigError(file, f"not a YAML file ({text})", "mend its syntax") from None
    return check_config(tree, file)


def check_config(tree: object, where: object) -> Config:
    """Check a configuration already read (by Snakemake, say), all faults collected in one line."""
    if not isinstance(tree, dict):
        raise ConfigError(where, "expected a mapping of sections", "see config/config.yaml")
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(where, faults(error, Config, ())) from None
    for name in Stages.model_fields:
        _check_stage(config, name, where)
    for name in config.datasets:
        try:
            dataset = config.dataset(name)
        except ValidationError as error:
            raise ConfigError(where, faults(error, Dataset, ("datasets", name))) from None
        _check_input(dataset, f"datasets.{name}", where)
    return config


def _check_input(dataset: Dataset, place: str, where: object) -> None:
    wanted = dataset.download.wanted
    if not dataset.raw and not dataset.samples and not wanted:
        remedy = "set raw: FOLDER, samples: [NAME, ...] or download: {mondays: 2018..2020}"
        raise ConfigError(where, f"{place} has no input", remedy)
    if dataset.samples and wanted:
        remedy = "keep one; two inputs are two data sets"
        raise ConfigError(where, f"{place} has both samples and download.mondays", remedy)


def _check_stage(config: Config, name: str, where: object) -> None:
    sections = (("launch", config.launch_of, LaunchSettings), ("cluster", config.cluster_of, ClusterSettings))
    for section, settings_of, model in sections:
        try:
            settings_of(name)
        except ValidationError as error:
            raise ConfigError(where, faults(error, model, ("stages", name, section))) from None


def faults(error: ValidationError, model: type[BaseModel], place: tuple[str, ...]) -> str:
    """Return every fault of a section in one line, unknown keys with the nearest valid ones."""
    return "; ".join(_fault(item, model, place) for item in error.errors())


def _fault(item: Any, model: type[BaseModel], place: tuple[str, ...]) -> str:
    path = [*place, *map(str, item["loc"])]
    name = ".".join(path)
    if item["type"] == "extra_forbidden":
        hint = did_you_mean(path[-1], _keys_at(model, item["loc"][:-1]))
        return f"unknown key '{path[-1]}' at {name} ({hint})"
    if item["type"] == "missing":
        return f"{name} is missing"
    found = "" if isinstance(item["input"], dict) else f", found {item['input']!r}"
    return f"{name}: {item['msg'].removeprefix('Value error, ')}{found}"


def _keys_at(model: Any, path: Sequence[str | int]) -> list[str]:
    """Valid keys of the section that a path of keys and indices leads to."""
    for key in path:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            break
        if isinstance(key, str) and key in model.model_fields:
            model = _model_in(model.model_fields[key].annotation)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _model_in(annotation: Any) -> Any:
    """The section inside a type such as `tuple[Section, ...]`, `dict[str, Section]` or `Section | None`."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation
    inner = [_model_in(part) for part in typing.get_args(annotation) if part is not Ellipsis]
    return next((m for m in inner if isinstance(m, type) and issubclass(m, BaseModel)), None)
