"""Strategies by name, so that adding one is one file and one registration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from data_schemas.errors import ConfigError, did_you_mean

T = TypeVar("T")


class Registry(Generic[T]):
    """Things of one kind by name.

    Parameters
    ----------
    setting
        The setting that chooses among them, named in the error for an unknown name.
    """

    def __init__(self, setting: str) -> None:
        self._setting = setting
        self._known: dict[str, T] = {}

    def add(self, name: str, thing: T) -> None:
        """Register `thing` under `name`, which must be new."""
        if name in self._known:
            msg = f"{self._setting} '{name}' is registered twice"
            raise ValueError(msg)
        self._known[name] = thing

    def __getitem__(self, name: str) -> T:
        """Return what is registered under `name`; `ConfigError` with the nearest name if nothing is."""
        if name not in self._known:
            raise ConfigError(self._setting, f"'{name}' is unknown", did_you_mean(name, self._known))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)
