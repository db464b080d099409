"""Does an encoder work on this machine? `python -m recorder.transcode.trial NAME` ends with status 1 and says why not.

In a process of its own, because drivers of encoders in hardware may take their time, or their process, with them.
"""

import asyncio
import sys

from .errors import EncoderUnusable

DEFAULT_ENCODER = "libx264"
"""Comes with PyAV, and needs no trial."""
WITHIN_S = 20.0


async def check_encoder(name: str) -> None:
    """Has it encode a few pictures. Raises `EncoderUnusable`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "recorder.transcode.trial", name, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            _, said = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise EncoderUnusable(f"{name} did not encode a picture within {WITHIN_S:.0f} s") from error
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise EncoderUnusable(lines[-1] if lines else f"{name} ended its process")


def main() -> int:
    import av

    from .encoders import try_encoder

    av.logging.set_level(av.logging.PANIC)  # what matters is raised
    try:
        try_encoder(sys.argv[1])
    except EncoderUnusable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
