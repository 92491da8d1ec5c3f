"""Where fused passes write what they make of a leaf."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tracks.leaves import LEAF_FILES
from tracks.track_files import TrackFile


@dataclass(frozen=True)
class FusedFolder:
    """The folder of fused passes: what they make of each leaf, by stage.

    It lies apart from the folders of single stages, so that each set of files has one ledger that knows
    whether it is up to date, and a change of mind about fusing costs nothing that is there already.
    """

    path: Path

    @property
    def tracks(self) -> Path:
        """Folder of the 1 Hz tracks, laid out as that of stage 3."""
        return self.path / "tracks"

    @property
    def train(self) -> Path:
        """Folder of the counts of models, laid out as the tracks are."""
        return self.path / "train"

    def tracks_of(self, leaf: str) -> Path:
        """Return the tracks of a leaf, given its path in the hierarchy."""
        return TrackFile.of_leaf(self.tracks, leaf).path

    def seconds_of(self, leaf: str) -> Path:
        """Return the counts of seconds of a leaf."""
        return self.path / "statistics" / f"{TrackFile.of_leaf(self.tracks, leaf).name}.parquet"

    def counts_of(self, leaf: str) -> Path:
        """Return the counts of models of a leaf: the last file that a pass writes."""
        return TrackFile.of_leaf(self.train, leaf).path

    def complete(self, leaf: str, *, write_tracks: bool) -> bool:
        """Return whether every file of a leaf is there."""
        files = [self.counts_of(leaf), self.seconds_of(leaf)]
        return all(file.exists() for file in (*files, *([self.tracks_of(leaf)] if write_tracks else [])))

    def keep(self, leaves: Iterable[str]) -> None:
        """Remove what was made of any other leaf."""
        kept = {path for leaf in leaves for path in self.files_of(leaf)}
        for file in self.path.glob("*/**/[!.]*.parquet"):
            if file not in kept:
                file.unlink(missing_ok=True)

    def files_of(self, leaf: str) -> tuple[Path, ...]:
        """Return every file that a pass may write of a leaf."""
        return self.counts_of(leaf), self.seconds_of(leaf), self.tracks_of(leaf)


def leaves_in(archive: Path) -> list[str]:
    """Return the paths in the hierarchy of all archived leaves, sorted."""
    return sorted(f.relative_to(archive).with_suffix("").as_posix() for f in archive.glob(LEAF_FILES))
