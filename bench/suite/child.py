"""The handle of a child process that runs steps; one that dies or hangs is replaced by a new one."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class StepFailedError(Exception):
    """A step raised, died or took too long: one line."""


class Child:
    """A process of `bench.suite.worker`, started at its first request.

    Parameters
    ----------
    python
        Interpreter of the environment.
    modules
        Modules of steps.
    log
        File that stderr is appended to.
    """

    def __init__(self, python: Path, modules: Sequence[str], log: Path) -> None:
        self._command = [str(python), "-m", "bench.suite.worker", *modules]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""

    def ask(self, request: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send a request and wait for the answer.

        Raises
        ------
        StepFailedError
            The step raised, the process died, or there was no answer in time.
        """
        self.send(request)
        return self.receive(timeout_s)

    def send(self, request: Mapping[str, Any]) -> None:
        """Send a request."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()

    def receive(self, timeout_s: float) -> dict[str, Any]:
        """Wait for the answer to the last request."""
        assert self._process is not None
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            if not select.select([pipe], [], [], timeout_s)[0]:
                self.close()
                raise StepFailedError(f"no end after {timeout_s:.0f} s")
            block = os.read(pipe, 1 << 16)
            if not block:
                code = self._process.wait()
                self.close()
                ended = signal.Signals(-code).name if code < 0 else f"exit code {code}"
                raise StepFailedError(f"its process died ({ended})")
            self._rest += block
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise StepFailedError(" ".join(str(answer["error"]).split())[:300])
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> None:
        self._rest = b""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )
