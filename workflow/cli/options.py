"""Options that several commands share."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import ValidationError

from data_schemas.config import (
    BenchSettings,
    ClusterSettings,
    Config,
    DownloadSettings,
    LaunchSettings,
    StructureSettings,
    load_config,
)
from data_schemas.config.section import Section
from data_schemas.errors import ConfigError, InputError, did_you_mean

S = TypeVar("S", bound=Section)

DEFAULT_CONFIG = Path("config/config.yaml")


def add_config(command: argparse.ArgumentParser) -> None:
    """Add --config."""
    command.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=DEFAULT_CONFIG,
        help=f"configuration (default {DEFAULT_CONFIG}); its keys are explained in config/defaults.yaml",
    )


def add_dataset(command: argparse.ArgumentParser) -> None:
    """Add --config and --dataset."""
    add_config(command)
    command.add_argument(
        "--dataset",
        metavar="NAME",
        help="data set of the configuration whose settings and folders are used (default: the only one)",
    )


def add_launch(
    command: argparse.ArgumentParser, default: str = "as the configuration says", *, own_seed: bool = False
) -> None:
    """Add the options of the launch; what is not given is as `default` says.

    A command whose --seed is its own has that of the launch as --launch seed=N alone.
    """
    launch = command.add_argument_group(f"launch (default: {default})")
    launch.add_argument(
        "--triple", metavar="N,P,T", help="nodes, processes per node, threads per process; e.g. 1,2,1"
    )
    for name in ("backend", "order", "distribution"):
        names = get_args(LaunchSettings.model_fields[name].annotation)
        launch.add_argument(f"--{name}", metavar="NAME", choices=names, help=", ".join(names))
    launch.add_argument("--tasks-per-message", metavar="N", type=int, help="tasks handed out at once")
    launch.add_argument("--retries", metavar="N", type=int, help="how often a failed task is tried again")
    if not own_seed:
        launch.add_argument("--seed", metavar="N", type=int, help="seed of the order random")
    launch.add_argument(
        "--launch",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="any setting of the launch, e.g. task_seconds=600; config/defaults.yaml explains them",
    )


def add_cluster(command: argparse.ArgumentParser) -> None:
    """Add --cluster."""
    command.add_argument(
        "--cluster",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="any setting of the job, e.g. minutes=240 or partition=long (default: as the configuration "
        "says); config/defaults.yaml explains them",
    )


def add_download(command: argparse.ArgumentParser) -> None:
    """Add --mondays, --hours, --accept-licences and --download."""
    command.add_argument(
        "--mondays", metavar="DAYS", help="e.g. 2018..2020 or 2018-06-04..2018-07-30,2019-01"
    )
    command.add_argument("--hours", metavar="HOURS", help="hours of each Monday (UTC), e.g. 0..23")
    command.add_argument(
        "--accept-licences", action="store_true", default=None, help="accept the terms of the data"
    )
    command.add_argument(
        "--download",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="any setting of the download, e.g. connections=4; config/defaults.yaml explains them",
    )


def add_bench(command: argparse.ArgumentParser) -> None:
    """Add --bench."""
    command.add_argument(
        "--bench",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="any setting of the benchmark, e.g. minutes=5; config/defaults.yaml explains them",
    )


def bench_settings(arguments: argparse.Namespace, below: BenchSettings) -> BenchSettings:
    """Return benchmark settings with those of --bench laid over them."""
    given = _keys_and_values("--bench", arguments.bench, BenchSettings, "minutes=5")
    return _laid_over(arguments, "--bench", below, given)


def download_settings(arguments: argparse.Namespace, below: DownloadSettings) -> DownloadSettings:
    """Return download settings with the options given laid over them."""
    given = _keys_and_values("--download", arguments.download, DownloadSettings, "connections=4")
    return _laid_over(arguments, "--download", below, given | _own(arguments, DownloadSettings))


def structure_settings(arguments: argparse.Namespace, below: StructureSettings) -> StructureSettings:
    """Return settings of learned graphs with the options given laid over them."""
    return _laid_over(arguments, "--structure", below, _own(arguments, StructureSettings))


def launch_settings(arguments: argparse.Namespace, launch: LaunchSettings) -> LaunchSettings:
    """Return launch settings with the options given laid over them."""
    return _laid_over(arguments, "--launch", launch, launch_given(arguments))


def launch_given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of the launch that options give, by name, their values not yet checked."""
    from jobs.triple import Triple

    given = _keys_and_values("--launch", arguments.launch, LaunchSettings, "task_seconds=600")
    given |= _own(arguments, LaunchSettings)
    if isinstance(given.get("triple"), str | list):  # anything else is refused with all other values
        parsed = Triple.parse(given["triple"])
        given["triple"] = (parsed.nodes, parsed.processes, parsed.threads)
    return given


def cluster_settings(arguments: argparse.Namespace, cluster: ClusterSettings) -> ClusterSettings:
    """Return the settings of a job with those of --cluster laid over them."""
    return _laid_over(arguments, "--cluster", cluster, cluster_given(arguments))


def cluster_given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that --cluster gives, by name, their values not yet checked."""
    return _keys_and_values("--cluster", arguments.cluster, ClusterSettings, "minutes=240")


def launch_words(launch: LaunchSettings) -> list[str]:
    """Return launch settings as options of the command line."""
    return words("--launch", launch.model_dump(mode="json"))


def words(option: str, settings: Mapping[str, Any]) -> list[str]:
    """Return settings as an option of KEY=VALUE each."""
    return [word for name, value in settings.items() for word in (option, f"{name}={_yaml(value)}")]


def _own(arguments: argparse.Namespace, section: type[Section]) -> dict[str, Any]:
    """Return the settings of a section that have an option of their own which was given."""
    values = ((name, getattr(arguments, name, None)) for name in section.model_fields)
    return {name: value for name, value in values if value is not None}


def _yaml(value: Any) -> str:
    plain = (
        isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w-]*", value) and yaml.safe_load(value) == value
    )
    return str(value) if plain else json.dumps(value)


def _keys_and_values(
    option: str, texts: Iterable[str], section: type[Section], example: str
) -> dict[str, Any]:
    """Read an option of KEY=VALUE that was given any number of times; the values are YAML."""
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or key not in section.model_fields:
            name = option.removeprefix("--")
            problem = "is not KEY=VALUE" if not equals else f"names no setting of the {name}: '{key}'"
            raise InputError(f"{option} {text}", problem, did_you_mean(key, section.model_fields))
        try:
            found[key] = yaml.safe_load(value)
        except (yaml.YAMLError, ValueError):  # ValueError: 2024-13-01 and its like
            raise InputError(f"{option} {text}", "has no value of YAML after =", f"e.g. {example}") from None
    return found


def _laid_over(arguments: argparse.Namespace, option: str, below: S, given: Mapping[str, Any]) -> S:
    """Return a section with the settings that options give laid over it, all of it checked."""
    try:
        return below.model_validate(below.model_dump() | given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""  # none: a rule over several settings
        own = getattr(arguments, name, None) is not None
        where = "--" + name.replace("_", "-") if own else f"{option} {name}".strip()
        found = f", found {first['input']!r}" if name else ""
        problem = first["msg"].removeprefix("Value error, ") + found
        raise InputError(where, problem, "see --help and config/defaults.yaml") from None


def read_config(arguments: argparse.Namespace) -> Config:
    """Read the configuration that --config names."""
    return load_config(arguments.config)


def dataset_names(arguments: argparse.Namespace, config: Config) -> list[str]:
    """Return the data set that --dataset names, or all there are."""
    return list(config.datasets) if arguments.dataset is None else [dataset_name(arguments, config)]


def dataset_name(arguments: argparse.Namespace, config: Config) -> str:
    """Return the data set that --dataset names, or the only one there is."""
    names = list(config.datasets)
    chosen = arguments.dataset
    if chosen is None:
        if len(names) == 1:
            return names[0]
        raise ConfigError(arguments.config, f"has {len(names)} data sets", f"add --dataset {'|'.join(names)}")
    if chosen not in config.datasets:
        raise ConfigError(arguments.config, f"has no data set '{chosen}'", did_you_mean(chosen, names))
    return str(chosen)
