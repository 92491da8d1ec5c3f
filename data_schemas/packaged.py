"""Files that the package ships, named `package:NAME` in a configuration."""

from __future__ import annotations

import os
from pathlib import Path

from data_schemas.errors import InputError, did_you_mean

FOLDER = Path(__file__).parent / "packaged"
"""Small public facts (aircraft, terrain, airspace, regions) that demo and tests run on; see its README."""


def resolve(path: str) -> Path:
    """Return the file that a setting names: `package:NAME` inside the package, anything else as it is.

    `proj:NAME` is a grid of PROJ's in one of the folders where PROJ looks for them, see `proj_folders`.
    """
    if path.startswith("proj:"):
        return _of_proj(path)
    if not path.startswith("package:"):
        return Path(path)
    name = path.removeprefix("package:")
    file = FOLDER / name
    if not file.is_file():
        known = [f.name for f in FOLDER.iterdir()] if FOLDER.is_dir() else []
        raise InputError(path, "the package ships no such file", did_you_mean(name, known))
    return file


def proj_folders() -> list[Path]:
    """Return the folders of PROJ's grids: the environment's, the user's (`projsync`), the system's."""
    data = os.environ.get("PROJ_DATA") or os.environ.get("PROJ_LIB") or ""
    user = os.environ.get("PROJ_USER_WRITABLE_DIRECTORY")
    if not user:
        user = f"{os.environ.get('XDG_DATA_HOME') or Path.home() / '.local/share'}/proj"
    named = [folder for folder in data.split(os.pathsep) if folder]
    return [Path(folder) for folder in (*named, user, "/usr/local/share/proj", "/usr/share/proj")]


def _of_proj(path: str) -> Path:
    folders = proj_folders()
    for folder in folders:
        file = folder / path.removeprefix("proj:")
        if file.is_file():
            return file
    looked = ", ".join(map(str, folders))
    raise InputError(
        path, f"is in no folder of PROJ's grids ({looked})", "get it with projsync, or set PROJ_DATA"
    )
