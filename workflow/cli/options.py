"""Options that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

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
    fields = LaunchSettings.model_fields
    launch = command.add_argument_group(f"launch (default: {default})")
    launch.add_argument(
        "--triple", metavar="N,P,T", help="nodes, processes per node, threads per process; e.g. 1,2,1"
    )
    for name, metavar in (("backend", "NAME"), ("order", "NAME"), ("distribution", "NAME")):
        launch.add_argument(
            f"--{name}", metavar=metavar, choices=_choices(fields[name].annotation), help=_help(name)
        )
    launch.add_argument("--tasks-per-message", metavar="N", type=int, help=_help("tasks_per_message"))
    launch.add_argument("--retries", metavar="N", type=int, help=_help("retries"))
    launch.add_argument("--seed", metavar="N", type=int, help=_help("seed"))


def launch_settings(arguments: argparse.Namespace, launch: LaunchSettings) -> LaunchSettings:
    """Return launch settings with the options given laid over them."""
    from jobs.triple import Triple

    changes: dict[str, Any] = {}
    for name in LaunchSettings.model_fields:
        value = getattr(arguments, name, None)
        if value is None:
            continue
        if name == "triple":
            parsed = Triple.parse(value)
            value = (parsed.nodes, parsed.processes, parsed.threads)
        changes[name] = value
    try:
        return LaunchSettings.model_validate(launch.model_dump() | changes)
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        raise InputError(option, f"{first['msg']}, found {first['input']!r}", "see --help") from None


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


def _choices(annotation: Any) -> list[str]:
    return list(get_args(annotation))


def _help(name: str) -> str:
    text = (LaunchSettings.model_fields[name].description or "").replace("`", "").replace("%", "%%")
    return " ".join(text.split())
