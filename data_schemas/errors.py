"""The errors a user can meet, each with one clear line and an exit code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TrackmillError(Exception):
    """Base of all errors that end a command with one line instead of a traceback."""

    exit_code = 1


class InputError(TrackmillError):
    """Bad input: the line says which file, which column or row, what was expected and what to do.

    Parameters
    ----------
    where
        The file, and the column or row in it where that is known.
    problem
        What was found and what was expected.
    remedy
        What the user can do about it.
    """

    exit_code = 2

    def __init__(self, where: object, problem: str, remedy: str = "") -> None:
        self.where = str(where)
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{self.where}: {problem}" + (f"; {remedy}" if remedy else ""))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        """Pickle by fields, since errors travel between processes."""
        return type(self), (self.where, self.problem, self.remedy)


class ConfigError(InputError):
    """A setting that cannot be: its place in the configuration, what is wrong, the nearest valid name."""


class StageFailedError(TrackmillError):
    """Some tasks of a stage failed: the rest is done and kept, a rerun does only what is missing."""

    exit_code = 1


class StageStoppedError(TrackmillError):
    """A stage was asked to stop (SIGTERM) and did, in order: the same command again goes on."""

    exit_code = 75


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest of the known names, or the list of them where none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean '{near[0]}'?" if near else f"known names: {', '.join(names)}"
