"""Calls media/native/fanout.c, which the installation compiles where there is a C compiler.

The library knows nothing of Python: it is opened by its path beside this module and called by cffi's ABI mode, which
releases the interpreter's lock meanwhile. The memory, the destinations and libsrtp's sessions are kept alive here and
by the caller's set.
"""

import functools
import importlib.machinery
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import cffi

from ..burst import Run
from ..destinations import RECORD_BYTES, DestinationSet
from ..python_fanout import PlainFanout, give_up_gso
from ..srtp import PROTECT_ADDRESS
from ..stats import Counters

_ABI = 1
_MEMORY_BYTES = 256 << 10
"""For the slots of one `sendmmsg`: few enough that they are still in the second-level cache when the kernel reads."""
_DECLARATIONS = """
    struct kernel { void *protect; void *sendmmsg; char *memory; size_t memory_bytes; };
    struct destination { void *session; uint32_t name_bytes; uint8_t name[28]; };
    struct run { const char *plaintext; const int *sizes; uint32_t packets; uint32_t bytes; uint32_t segment_bytes;
                 int gso; };
    struct tally { uint64_t packets_out; uint64_t bytes_out; uint64_t refused; uint64_t dropped; int gso_error; };
    uint32_t harmonie_fanout_abi(void);
    int harmonie_fanout_send(const struct kernel *, int, const struct run *, const struct destination *, uint32_t,
                             struct tally *);
"""


class NativeFanout:
    """The work of `GsoFanout` without a step of the interpreter per viewer. Raises `OSError` when it was not
    compiled, or from another version's source.
    """

    kernel: Final = "native"

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._plain = PlainFanout(counters)
        self._ffi = _interface()
        self._library = _open(self._ffi)
        self._memory: Any = self._ffi.new("char[]", _MEMORY_BYTES)
        self._kernel: Any = self._ffi.new("struct kernel *")
        self._kernel.protect = self._ffi.cast("void *", PROTECT_ADDRESS)
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


def library_path() -> Path | None:
    """Where the compiled library is, or `None` when it was not compiled for this interpreter."""
    beside = Path(__file__).parent
    candidates = (beside / f"_fanout{suffix}" for suffix in importlib.machinery.EXTENSION_SUFFIXES)
    return next((path for path in candidates if path.exists()), None)


@functools.cache
def _interface() -> Any:
    """The declarations, read once in a process: that takes 20 ms."""
    interface = cffi.FFI()
    interface.cdef(_DECLARATIONS)
    return interface


def _open(interface: Any) -> Any:
    path = library_path()
    if path is None:
        raise FileNotFoundError("media/native/fanout.c was not compiled when Harmonie was installed")
    library = interface.dlopen(str(path))
    abi = library.harmonie_fanout_abi()
    if abi != _ABI or interface.sizeof("struct destination") != RECORD_BYTES:
        raise OSError(f"{path.name} was compiled from another version's source; install Harmonie again")
    return library
