"""Calls media/native/fanout.c. The memory, the destinations and their SRTP sessions are kept alive here and by the
caller's set.
"""

from collections.abc import Iterable
from typing import Any, Final

from ..burst import Run
from ..destinations import RECORD_BYTES, DestinationSet
from ..python_fanout import PlainFanout, give_up_gso
from ..stats import Counters
from .library import open_library

_MEMORY_BYTES = 256 << 10
"""For the slots of one `sendmmsg`: few enough that they are still in the second-level cache when the kernel reads."""


class NativeFanout:
    """The work of `GsoFanout` without a step of the interpreter per viewer. Raises `OSError` when it was not
    compiled, or from another version's source.
    """

    kernel: Final = "native"

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._plain = PlainFanout(counters)
        self._ffi, self._library = open_library()
        if self._ffi.sizeof("struct destination") != RECORD_BYTES:
            raise OSError("struct destination is not what destinations.py writes")
        self._memory: Any = self._ffi.new("char[]", _MEMORY_BYTES)
        self._kernel: Any = self._ffi.new("struct kernel *")
        self._kernel.memory = self._memory
        self._kernel.memory_bytes = _MEMORY_BYTES
        self._run: Any = self._ffi.new("struct run *")
        self._tally: Any = self._ffi.new("struct tally *")

    def send(self, runs: Iterable[Run], destinations: DestinationSet) -> None:
        """See `fanout.Fanout`."""
        if not destinations:
            return
        c, native, tally, counters = self._ffi, self._run, self._tally, self._counters
        endpoint = destinations.endpoint
        descriptor = endpoint.socket.fileno()
        records = c.from_buffer("struct destination[]", destinations.records)
        for run in runs:
            plaintext, sizes = c.from_buffer(run.template), c.new("int[]", run.sizes)
            native.plaintext = plaintext
            native.sizes = sizes
            native.packets = len(run.sizes)
            native.bytes = len(run.template)
            native.segment_bytes = run.segment_bytes
            native.gso = endpoint.gso
            c.buffer(tally)[:] = bytes(c.sizeof("struct tally"))
            if self._library.harmonie_fanout_send(
                self._kernel, descriptor, native, records, len(destinations), tally
            ):
                self._plain.send((run,), destinations)  # longer than a slot may be
                continue
            counters.packets_out += tally.packets_out
            counters.bytes_out += tally.bytes_out
            counters.packets_dropped += tally.refused + tally.dropped
            if tally.gso_error:
                give_up_gso(endpoint, run, tally.gso_error)
