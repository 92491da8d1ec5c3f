"""Section of the fused pass: stages 3 to 5, or 2 to 5, of a leaf in one go."""

from __future__ import annotations

from typing import Literal

from data_schemas.config.section import Section


class FuseSettings(Section):
    """Stages done in one pass over each leaf, so that nothing is written for the next stage to read."""

    from_stage: Literal["none", "process", "archive"] = "none"
    """First stage of the pass, which ends with statistics and train: `process` reads archived leaves;
    `archive` merges the hours of a leaf and hands its rows on (the archive is written all the same). `none`:
    every stage by itself, from the files of the one before. The results are the same, byte for byte."""
    write_tracks: bool = False
    """Whether a fused pass writes the 1 Hz tracks, several times the size of the archive. Without them the
    report has no maps and flights, and another setting of `train` needs the whole pass again."""
