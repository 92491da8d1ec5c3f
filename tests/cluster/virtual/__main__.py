"""`python3 -m tests.cluster.virtual start` or `stop`, from the top of the checkout; see `make help`."""

import signal
import sys

from tests.cluster.virtual.control import start, stop
from tests.cluster.virtual.machine import FailedError, RefusedError


def main(arguments: list[str]) -> int:
    """Run one command; the exit code is 2 where the machine or the command does not fit, 1 for a failure."""
    commands = {"start": start, "stop": stop}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"cluster: say {' or '.join(commands)}", file=sys.stderr)
        return 2
    # Ended from outside, start still removes what it began.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        commands[arguments[0]]()
    except (RefusedError, FailedError) as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 2 if isinstance(error, RefusedError) else 1
    return 0


sys.exit(main(sys.argv[1:]))
