"""The next item made while the last one is used: reading and unpacking beside parsing."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def one_ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """Yield the items of a generator that a thread of its own runs, one item ahead.

    What the generator raises is raised here, in its turn. When the consumer stops early, the thread finishes
    the item it is at, the generator is closed, and the thread ends.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        try:
            coming = thread.submit(next, items, None)
            while (item := coming.result()) is not None:
                coming = thread.submit(next, items, None)
                yield item
        finally:
            thread.submit(items.close).result()
