"""A download: the hours of the settings, some at a time, each one accounted for."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from data_schemas.config import DownloadSettings
from data_schemas.errors import InputError
from tracks.download.fetch import fetch_hour, sha256_of
from tracks.download.hours import Hour, wanted_hours
from tracks.download.manifest import Manifest
from tracks.download.pace import Pace, Stopped
from tracks.download.part import Part
from tracks.download.space import GB, NoSpaceError, Space
from tracks.download.transfer import RefusedError, Shared, Tally

_LOOK_S = 0.2


class Status(StrEnum):
    """What became of an hour."""

    THERE = "there"
    FETCHED = "fetched"
    ABSENT = "absent"
    FAILED = "failed"
    LEFT = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one hour, how long its file is and, where there is none, why."""

    hour: Hour
    status: Status
    bytes: int = 0
    reason: str = ""


class Download:
    """Fetches the hours of the settings into a folder.

    Attributes
    ----------
    hours
        The hours of the settings, in order of time.
    outcomes
        What has become of the hours so far, by name; those that need no request are in it from the start.
    tally
        Bytes received so far.
    """

    def __init__(self, settings: DownloadSettings, folder: Path, *, ask_again: bool = False) -> None:
        """Look at what is there.

        Parameters
        ----------
        settings
            Which hours, from where, how.
        folder
            Where they go; made where missing.
        ask_again
            Ask again for hours that the server did not have when it was asked before.
        """
        self.hours = wanted_hours(settings)
        self.outcomes: dict[str, Outcome] = {}
        self.tally = Tally()
        self._settings = settings
        self._folder = folder
        self._lock = threading.Lock()
        self._failed_in_a_row = 0
        self._end: str = ""
        self._error: BaseException | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._manifest = Manifest(folder)
        except OSError as error:
            raise InputError(
                folder, f"not a folder for the data ({error.strerror})", "name another"
            ) from None
        self._note_known(ask_again)

    def run(self) -> list[Outcome]:
        """Fetch what is missing and return what became of every hour, in order of time.

        Raises
        ------
        InputError
            The disk has no room for it, or the folder cannot be written; nothing has been begun, or what has
            come is kept for the next run.
        """
        todo = [hour for hour in self.hours if hour.name not in self.outcomes]
        if todo:
            self._fetch(todo)
        left = {hour.name: Outcome(hour, Status.LEFT, 0, self._end) for hour in self.hours}
        return [self.outcomes.get(hour.name, left[hour.name]) for hour in self.hours]

    def _note_known(self, ask_again: bool) -> None:
        for hour in self.hours:
            entry, size = self._manifest.entries.get(hour.name), _size(self._folder / hour.name)
            if entry is None:
                continue
            known_absent = entry.absent and entry.addresses == hour.addresses and size is None
            if known_absent and not ask_again:
                self.outcomes[hour.name] = Outcome(hour, Status.ABSENT, 0, f"asked {entry.at}")
            elif entry.bytes is not None and entry.bytes == size:
                self.outcomes[hour.name] = Outcome(hour, Status.THERE, entry.bytes)

    def _fetch(self, todo: Sequence[Hour]) -> None:
        settings = self._settings
        space = Space(self._folder, settings.keep_free_gb, self._hour_bytes())
        space.check_all(*self._to_come(todo))
        pace = Pace(settings.first_wait_s, settings.longest_wait_s)
        shared = Shared(settings, pace, space, self.tally)
        hours = iter(todo)
        threads = [
            threading.Thread(target=self._work, args=(hours, shared), name=f"download {n}", daemon=True)
            for n in range(min(settings.connections, len(todo)))
        ]  # daemons: after Ctrl-C nobody waits for a server that is silent
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_LOOK_S)  # never for long: Ctrl-C may only be seen between two waits
        except BaseException:
            pace.stop()
            raise
        if self._error is not None:
            raise self._error

    def _hour_bytes(self) -> float:
        """Return the bytes that an hour is taken to have: the mean of those fetched, or the setting."""
        sizes = [entry.bytes for entry in self._manifest.entries.values() if entry.bytes is not None]
        return sum(sizes) / len(sizes) if sizes else self._settings.hour_gb * GB

    def _to_come(self, todo: Sequence[Hour]) -> tuple[int, int]:
        """Return the number of hours of unknown length, and the bytes still to come of the others."""
        unknown = known_bytes = 0
        for hour in todo:
            part = Part(self._folder / hour.name)
            origin = part.origin()
            if origin and origin.length is not None:
                known_bytes += origin.length - part.bytes
            elif not part.final.exists():
                unknown += 1
        return unknown, known_bytes

    def _work(self, hours: Iterator[Hour], shared: Shared) -> None:
        """Fetch hour after hour until there is none left or an end has been put to it."""
        while (hour := self._next(hours)) is not None:
            try:
                outcome = self._one(hour, shared)
            except NoSpaceError as error:
                self._end = self._end or str(error)
            except Stopped:
                return
            except OSError as error:
                if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                    self._end = self._end or f"{self._folder}: {error.strerror}"
                else:
                    problem = f"cannot be written ({error.strerror or error})"
                    self._break_off(InputError(self._folder, problem, "mend the folder"), shared)
            except BaseException as error:
                self._break_off(error, shared)
            else:
                self._note(outcome)

    def _break_off(self, error: BaseException, shared: Shared) -> None:
        """End all transfers; the main thread raises the error."""
        self._error = error
        shared.pace.stop()

    def _next(self, hours: Iterator[Hour]) -> Hour | None:
        with self._lock:
            return None if self._end or self._error else next(hours, None)

    def _one(self, hour: Hour, shared: Shared) -> Outcome:
        try:
            entry = fetch_hour(hour, self._folder, self._manifest, shared)
        except RefusedError as error:
            return Outcome(hour, Status.FAILED, 0, str(error))
        if entry.bytes is None:
            return Outcome(hour, Status.ABSENT, 0, f"asked {entry.at}")
        return Outcome(hour, Status.FETCHED if entry.addresses else Status.THERE, entry.bytes)

    def _note(self, outcome: Outcome) -> None:
        with self._lock:
            self.outcomes[outcome.hour.name] = outcome
            self._failed_in_a_row = self._failed_in_a_row + 1 if outcome.status is Status.FAILED else 0
            if self._failed_in_a_row >= self._settings.failures_in_a_row:
                self._end = self._end or f"{self._failed_in_a_row} files failed in a row"


def check_files(folder: Path) -> tuple[int, list[str]]:
    """Read every file of a folder's list and compare it with its checksum.

    Returns
    -------
    tuple
        The number of files in the list, and a line for each that is missing or differs.

    Raises
    ------
    InputError
        The folder has no list.
    """
    entries = [entry for entry in Manifest(folder).entries.values() if not entry.absent]
    if not entries:
        raise InputError(folder, "holds no list of downloaded files", "name a folder that was downloaded to")
    problems = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        file = folder / entry.name
        if _size(file) is None:
            problems.append(f"{file}: is missing")
        elif _size(file) != entry.bytes:
            problems.append(f"{file}: has {_size(file):,} bytes, not the {entry.bytes:,} fetched")
        elif sha256_of(file) != entry.sha256:
            problems.append(f"{file}: its SHA-256 is not that of the file fetched")
    return len(entries), problems


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.is_file() else None
