"""Where a step spends its processor time: samples of the stack, each weighted by the time since the last.

A signal comes every few milliseconds of processor time, and is handled when a call into a library or a kernel
returns to Python; all the time since the last sample then counts for the line that made the call. So native
code has the name of the function of ours that called it. Time of other threads (gunzip, polars) counts for
the line at which the main thread was.
"""

from __future__ import annotations

import linecache
import signal
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

_ROOT = Path(__file__).parents[2]
_OURS = tuple(f"{_ROOT / room}/" for room in ("tracks", "data_schemas", "jobs"))
_EVERY_S = 0.002


class Sampler:
    """Samples the main thread between entry and exit."""

    def __init__(self) -> None:
        self._seconds: defaultdict[tuple[str, str, int], float] = defaultdict(float)
        self._last = 0.0

    def __enter__(self) -> Sampler:
        """Start."""
        self._before = signal.signal(signal.SIGPROF, self._sample)
        self._last = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, self._before)

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        now = time.process_time()
        while frame is not None and not frame.f_code.co_filename.startswith(_OURS):
            frame = frame.f_back
        if frame is not None:
            code = frame.f_code
            self._seconds[code.co_filename, code.co_qualname, frame.f_lineno] += now - self._last
        self._last = time.process_time()

    def shares(self, most: int = 3) -> list[dict[str, object]]:
        """Return the functions that most time went to: file, function, share, and the line that took most."""
        total = sum(self._seconds.values()) or 1.0
        functions: defaultdict[tuple[str, str], float] = defaultdict(float)
        for (file, name, _), seconds in self._seconds.items():
            functions[file, name] += seconds
        found = []
        for file, name in sorted(functions, key=functions.__getitem__, reverse=True)[:most]:
            lines = {line: s for (f, n, line), s in self._seconds.items() if (f, n) == (file, name)}
            heaviest = max(lines, key=lines.__getitem__)
            found.append(
                {
                    "file": str(Path(file).relative_to(_ROOT)),
                    "function": name,
                    "share": round(functions[file, name] / total, 3),
                    "line": linecache.getline(file, heaviest).strip(),
                    "line_share": round(lines[heaviest] / total, 3),
                }
            )
        return found
