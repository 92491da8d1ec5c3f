"""Options that several commands share."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from data_schemas.config import Config, LaunchSettings, load_config
from data_schemas.errors import ConfigError, InputError, did_you_mean

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


def add_launch(command: argparse.ArgumentParser, default: str = "as the configuration says") -> None:
    """Add the options of the launch; what is not given is as `default` says."""
    launch = command.add_argument_group(f"launch (default: {default})")
    launch.add_argument(
        "--triple", metavar="N,P,T", help="nodes, processes per node, threads per process; e.g. 1,2,1"
    )
    for name in ("backend", "order", "distribution"):
        names = get_args(LaunchSettings.model_fields[name].annotation)
        launch.add_argument(f"--{name}", metavar="NAME", choices=names, help=", ".join(names))
    launch.add_argument("--tasks-per-message", metavar="N", type=int, help="tasks handed out at once")
    launch.add_argument("--retries", metavar="N", type=int, help="how often a failed task is tried again")
    launch.add_argument("--seed", metavar="N", type=int, help="seed of the order random")
    launch.add_argument(
        "--launch",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="any setting of the launch, e.g. task_seconds=600; config/defaults.yaml explains them",
    )


def launch_settings(arguments: argparse.Namespace, launch: LaunchSettings) -> LaunchSettings:
    """Return launch settings with the options given laid over them."""
    from jobs.triple import Triple

    changes = dict(_key_and_value(text) for text in arguments.launch)
    given = ((name, getattr(arguments, name, None)) for name in LaunchSettings.model_fields)
    changes |= {name: value for name, value in given if value is not None}
    if "triple" in changes:
        parsed = Triple.parse(changes["triple"])
        changes["triple"] = (parsed.nodes, parsed.processes, parsed.threads)
    try:
        return LaunchSettings.model_validate(launch.model_dump() | changes)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        option = "--" + name.replace("_", "-") if hasattr(arguments, name) else f"--launch {name}"
        problem = f"{first['msg']}, found {first['input']!r}"
        raise InputError(option, problem, "see --help and config/defaults.yaml") from None


def launch_words(launch: LaunchSettings) -> list[str]:
    """Return launch settings as options of the command line."""
    tree = launch.model_dump(mode="json")
    return [word for name, value in tree.items() for word in ("--launch", f"{name}={json.dumps(value)}")]


def _key_and_value(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or key not in LaunchSettings.model_fields:
        problem = "is not KEY=VALUE" if not equals else f"names no setting of the launch: '{key}'"
        raise InputError(f"--launch {text}", problem, did_you_mean(key, LaunchSettings.model_fields))
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError:
        raise InputError(
            f"--launch {text}", "has no value of YAML after =", "e.g. task_seconds=600"
        ) from None


def read_config(arguments: argparse.Namespace) -> Config:
    """Read the configuration that --config names."""
    return load_config(arguments.config)


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
