"""Files that the package ships, named `package:NAME` in a configuration."""

from __future__ import annotations

from pathlib import Path

from data_schemas.errors import InputError, did_you_mean

FOLDER = Path(__file__).parent / "packaged"
"""Small public facts (aircraft, terrain, airspace, regions) that demo and tests run on; see its README."""


def resolve(path: str) -> Path:
    """Return the file that a setting names: `package:NAME` inside the package, anything else as it is."""
    if not path.startswith("package:"):
        return Path(path)
    name = path.removeprefix("package:")
    file = FOLDER / name
    if not file.is_file():
        known = [f.name for f in FOLDER.iterdir()] if FOLDER.is_dir() else []
        raise InputError(path, "the package ships no such file", did_you_mean(name, known))
    return file
