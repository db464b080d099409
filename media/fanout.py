"""Fan-out, the hot path: a burst in, a set of viewers, datagrams out.

For each viewer the plaintext is copied into a slot, protected in place with the viewer's own key, and sent
with UDP GSO; the slots of many viewers leave in one `sendmmsg`. Where the kernel or the interface cannot,
every packet goes out by itself. Behind this narrow interface stand a native kernel, and two in Python for systems
where that was not compiled.

Nothing is queued: a viewer for whom the socket has no room at that moment loses the burst, nobody else does,
and NACK repairs it.
"""

from collections.abc import Iterable
from typing import Literal, Protocol

from .burst import Run
from .destinations import DestinationSet
from .native.kernel import NativeFanout
from .python_fanout import GsoFanout, PlainFanout
from .stats import Counters

Kernel = Literal["native", "gso", "plain"]
_KERNELS: dict[Kernel, type[NativeFanout] | type[GsoFanout] | type[PlainFanout]] = {
    "native": NativeFanout,
    "gso": GsoFanout,
    "plain": PlainFanout,
}


class Fanout(Protocol):
    """Sends runs to viewers."""

    @property
    def kernel(self) -> Kernel:
        """Which of them this is."""

    def send(self, runs: Iterable[Run], destinations: DestinationSet) -> None:
        """Protect and send every run to every destination, in order.

        The runs were written for the SRTP tag size of the destinations. Never raises and never blocks; what could
        not be sent is counted as dropped.
        """


def make_fanout(counters: Counters, kernel: Kernel | None = None) -> Fanout:
    """The kernel asked for; the fastest one this system has when none is. Raises `OSError` when the one asked for is
    not there.
    """
    if kernel is not None:
        return _KERNELS[kernel](counters)
    for each in _KERNELS.values():
        try:
            return each(counters)
        except OSError:
            continue
    raise AssertionError  # the last works everywhere
