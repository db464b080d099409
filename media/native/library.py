"""Opens the library of media/native/*.c, which the installation compiles where there is a C compiler.

It knows nothing of Python: it is opened by its path beside this module and called by cffi's ABI mode, which releases
the interpreter's lock meanwhile.
"""

import functools
import importlib.machinery
from pathlib import Path
from typing import Any

import cffi

_ABI = 2
_DECLARATIONS = """
    struct kernel { void *sendmmsg; char *memory; size_t memory_bytes; };
    struct destination { void *protect; void *session; uint32_t name_bytes; uint8_t name[28]; };
    struct run { const char *plaintext; const int *sizes; uint32_t packets; uint32_t bytes; uint32_t segment_bytes;
                 int gso; };
    struct tally { uint64_t packets_out; uint64_t bytes_out; uint64_t refused; uint64_t dropped; int gso_error; };
    struct cipher { void *init; void *update; void *final; void *control; };
    struct stream { uint32_t ssrc; uint64_t highest; };
    struct gcm { const struct cipher *cipher; void *context; uint8_t salt[12]; uint32_t streams;
                 struct stream stream[16]; };
    uint32_t harmonie_fanout_abi(void);
    int harmonie_fanout_send(const struct kernel *, int, const struct run *, const struct destination *, uint32_t,
                             struct tally *);
    int harmonie_protect_gcm(void *, void *, int *);
"""


def library_path() -> Path | None:
    """Where the compiled library is, or `None` when it was not compiled for this interpreter."""
    beside = Path(__file__).parent
    candidates = (beside / f"_fanout{suffix}" for suffix in importlib.machinery.EXTENSION_SUFFIXES)
    return next((path for path in candidates if path.exists()), None)


def open_library() -> tuple[Any, Any]:
    """Its cffi interface and itself. Raises `OSError` when it was not compiled, or from another version's source."""
    path = library_path()
    if path is None:
        raise FileNotFoundError("media/native/*.c was not compiled when Harmonie was installed")
    interface = _interface()
    library = interface.dlopen(str(path))
    if library.harmonie_fanout_abi() != _ABI:
        raise OSError(f"{path.name} was compiled from another version's source; install Harmonie again")
    return interface, library


@functools.cache
def _interface() -> Any:
    """The declarations, read once in a process: that takes 20 ms."""
    interface = cffi.FFI()
    interface.cdef(_DECLARATIONS)
    return interface
