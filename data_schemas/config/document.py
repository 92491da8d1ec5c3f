"""The documents generated from the models: the commented default YAML and the JSON schema."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from data_schemas.config.root import Config

_HEAD = """\
# Every key with its default and meaning. Generated: change data_schemas/config/, then run `make documents`.
# A configuration needs only `datasets` and what differs; config/config.yaml is the one of the demo.
"""


def defaults_yaml() -> str:
    """Return every key of the configuration with its default, its description as a comment above it."""
    return _HEAD + "\n".join(section_lines(Config)) + "\n"


def json_schema() -> str:
    """Return the JSON schema of the configuration, for editors that check and complete YAML."""
    return json.dumps(Config.model_json_schema(), indent=1, ensure_ascii=False) + "\n"


def section_lines(model: type[BaseModel], depth: int = 0) -> list[str]:
    """Return a section's keys with their defaults as lines of YAML, each described in a comment above it."""
    lines: list[str] = []
    pad = "  " * depth
    for name, field in model.model_fields.items():
        about = " ".join((field.description or "").split())
        lines += [""] if depth == 0 else []
        lines += textwrap.wrap(about, 108, initial_indent=f"{pad}# ", subsequent_indent=f"{pad}# ")
        default = field.get_default(call_default_factory=True, validated_data={})
        if default is PydanticUndefined:
            lines.append(
                f"{pad}{name}:  # required: NAME: {{raw: FOLDER}}, {{samples: [...]}} or {{download: ...}}"
            )
        elif isinstance(default, BaseModel):
            lines += [f"{pad}{name}:", *section_lines(type(default), depth + 1)]
        elif isinstance(default, tuple) and default and isinstance(default[0], BaseModel):
            lines += [f"{pad}{name}:", *_item(type(default[0]), depth + 1)]
        else:
            lines += _value(name, _plain(default), pad)
    return lines


def _item(model: type[BaseModel], depth: int) -> list[str]:
    """The one item of a default list, its first key behind the dash."""
    lines = section_lines(model, depth + 1)
    pad = "  " * depth
    first = next(i for i, line in enumerate(lines) if not line.lstrip().startswith("#"))
    return [*lines[:first], f"{pad}- {lines[first].lstrip()}", *lines[first + 1 :]]


def _value(name: str, value: Any, pad: str) -> list[str]:
    numbers = isinstance(value, list) and not any(isinstance(item, dict) for item in value)
    style = None if numbers else False  # lists of numbers and names on one line, all else one a line
    text = yaml.safe_dump({name: value}, sort_keys=False, default_flow_style=style, width=100)
    return [pad + line for line in text.splitlines()]


def _plain(value: Any) -> Any:
    """Models and tuples as the mappings and lists that YAML knows."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
