"""Graphs learned from model files, written beside them."""

from __future__ import annotations

import json
from pathlib import Path

from data_schemas.config.structure import StructureSettings
from data_schemas.files import write_text
from tracks.models.file import read_model
from tracks.structure.learn import learn


def learn_from(models: list[Path], settings: StructureSettings) -> list[Path]:
    """Learn the graphs of model files, write what is known of them beside each, and remove former findings.

    `uncor_all_Rotorcraft.txt` gets `uncor_all_Rotorcraft.structure.json`: see `learn` for what it holds. With
    search `none` nothing is learned.

    Returns
    -------
    list of Path
        The files written, in the order of the models.
    """
    written = []
    for model in models:
        out = model.with_suffix(".structure.json")
        out.unlink(missing_ok=True)
        if settings.search != "none":
            _, facts = learn(read_model(model), settings)
            write_text(out, json.dumps({"model": model.name} | facts, indent=1) + "\n")
            written.append(out)
    return written
