"""``python -m infra.leashed PARENT_PID COMMAND...``: runs a program that ends with its parent, even a killed one.

The kernel is asked to send a signal when the parent dies (Linux; elsewhere the program runs on without that). The
command takes the place of this process, and the wish outlives the change.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int, with_signal: signal.Signals = signal.SIGTERM) -> None:
    """Has this process end with its parent, and ends it at once when that is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, with_signal)
    if os.getppid() != parent_pid:  # it died before the kernel was told
        sys.exit(0)


def command(parent_pid: int, *program: str) -> tuple[str, ...]:
    """What to start instead of ``program``."""
    return (sys.executable, "-m", __name__, str(parent_pid), *program)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]), signal.SIGKILL)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (no shell is meant)
