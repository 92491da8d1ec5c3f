"""Simulated raw hours as a task list, with the register of the fleet and a configuration to run them with."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from data_schemas.config import LaunchSettings, SimulateSettings
from data_schemas.config.load import faults
from data_schemas.errors import ConfigError
from data_schemas.files import write_text
from data_schemas.task import Worker

_SOURCE = "simulation"


def simulate_settings(file: Path | None, changes: Sequence[str]) -> SimulateSettings:
    """Return the settings of a YAML file (or the defaults) with KEY=VALUE changes laid over them.

    Raises
    ------
    ConfigError
        The file cannot be read, a key is unknown or a value is wrong; all faults in one line.
    """
    where = file or "--set"
    try:
        tree: Any = yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}
        for change in changes:
            key, found, value = change.partition("=")
            if not found:
                raise ConfigError(f"--set {change}", "expected KEY=VALUE", "e.g. --set hours=24")
            tree = {**(tree or {}), key.strip(): yaml.safe_load(value)}
        return SimulateSettings.model_validate(tree or {})
    except FileNotFoundError:
        raise ConfigError(where, "no such file of settings", "see trackmill simulate --list") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        text = " ".join(str(error).split())
        raise ConfigError(where, f"not YAML ({text})", "mend its syntax") from None
    except ValidationError as error:
        raise ConfigError(where, faults(error, SimulateSettings, ())) from None


def _worker(settings: SimulateSettings) -> Worker:
    from tracks.simulate import simulate_task

    return partial(simulate_task, settings=settings)


def simulate_hours(out: Path, settings: SimulateSettings, launch: LaunchSettings) -> None:
    """Write the hours below `out`/raw, the register beside them, and a configuration that reads both."""
    from jobs.run import run_tasks
    from tracks.simulate import simulate_tasks, write_registry

    register = out / "registry" / "aircraft.csv"

    def plan() -> Any:
        write_registry(register, settings)
        return simulate_tasks(out / "raw", settings)

    summary = run_tasks(
        plan=plan,
        make_worker=partial(_worker, settings),
        launch=launch,
        ledger=out / "ledger",
        stage="simulate",
    )
    if summary is None:  # not the first rank
        return
    print(summary.line(), file=sys.stderr)
    config = {
        "results": str(out / "results"),
        "launch": launch.model_dump(mode="json"),
        "registry": {"sources": [{"format": "generic", "path": str(register)}]},
        "datasets": {_SOURCE: {"raw": str(out / "raw")}},
    }
    write_text(out / "config.yaml", yaml.safe_dump(config, sort_keys=False))
    print(f"{out / 'raw'}: {summary.stage_totals.rows_out} rows in {summary.tasks} hours")
    print(f"process them with: trackmill run all --config {out / 'config.yaml'}")
