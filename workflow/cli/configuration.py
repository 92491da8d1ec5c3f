"""Commands on the configuration: check, show, and the generated documents."""

from __future__ import annotations

import argparse
from typing import Any

import yaml

from data_schemas.config.document import defaults_yaml, json_schema
from workflow.cli import options


def add_commands(commands: Any) -> None:
    """Add `config`."""
    config = commands.add_parser(
        "config",
        help="Check or explain the configuration.",
        description="Check a configuration, show it with all defaults, or print the generated documents.",
    )
    actions = config.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="check a configuration and say nothing but 'ok'")
    options.add_config(check)
    check.set_defaults(run=_check)
    show = actions.add_parser("show", help="print a data set's settings, defaults included")
    options.add_dataset(show)
    show.set_defaults(run=_show)
    defaults = actions.add_parser("defaults", help="print every key with its default and meaning (YAML)")
    defaults.set_defaults(run=lambda _arguments: print(defaults_yaml(), end=""))
    schema = actions.add_parser("schema", help="print the JSON schema")
    schema.set_defaults(run=lambda _arguments: print(json_schema(), end=""))


def _check(arguments: argparse.Namespace) -> None:
    options.read_config(arguments)
    print("ok")


def _show(arguments: argparse.Namespace) -> None:
    config = options.read_config(arguments)
    dataset = config.dataset(options.dataset_name(arguments, config))
    print(yaml.safe_dump(dataset.model_dump(mode="json"), sort_keys=False, allow_unicode=True), end="")
