"""The process that makes HLS: records come in by a socket, segments go out. `python -m recorder.hls.worker FD`.

One for all broadcasts of a server. It shares nothing with the process that writes recordings, not even the frames:
either may die without the other.
"""

from ..worker import run_worker
from .writer import HlsWriter, OpenHls

if __name__ == "__main__":
    run_worker(OpenHls, HlsWriter)
