"""A small real data set, and the command line as a user has it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]

CONFIG = {
    "launch": {"backend": "serial", "triple": [1, 1, 1]},
    "registry": {
        "sources": [{"format": "generic", "path": "package:aircraft.csv"}],
        "leaves": {"hours_per_leaf": 1000},
    },
    "process": {"altitude_mode": "baro", "require_squawk": False},
    "enrich": {
        "elevation_grids": ["package:globe_30arcsec_demo.tif", "package:topo_5arcmin_demo_usa.tif"],
        "region_file": "package:admin1.geojson",
    },
    "train": {"models": [{"name": "noG", "variables": ["A", "L", "v", "dv", "dh", "dpsi"]}]},
    "datasets": {"small": {"samples": ["calfire", "ambulances", "noisy"]}},
}
"""Some 21,000 real observations: fire-fighting aircraft, ambulance helicopters, noisy recordings."""


def trackmill(*words, cwd=ROOT, **environment):
    """Run the command line in a process of its own and return what it said."""
    command = [sys.executable, "-m", "workflow.cli.main", *map(str, words)]
    return subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def write_config(folder, **changes):
    """Write the small configuration with changes to its top-level sections; results go beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(CONFIG | {"results": str(folder / "results")} | changes))
    return path


def digests(results, *patterns):
    """Return the SHA-256 of every file that a pattern finds, by its path below the results."""
    files = [file for pattern in patterns for file in sorted(results.glob(pattern)) if file.is_file()]
    assert files, f"nothing found of {patterns} in {results}"
    return {str(file.relative_to(results)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


PRODUCTS = (
    "*/raw/*.tar",
    "registry.parquet",
    "*/organized/*.parquet",
    "*/archive/**/*.parquet",
    "*/tracks/**/*.parquet",
    "*/statistics/**/*.parquet",
    "*/models/**/*",
    "*/ledger/*.json",
)
"""Everything a run makes that must not depend on how it was launched."""
