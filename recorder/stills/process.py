"""The server's end of `recorder.stills.maker`: one picture at a time, and no process while nobody asks."""

import asyncio
import contextlib
import os
import sys

import msgspec

from .maker import HEAD, Keyframe

WITHIN_S = 5.0
IDLE_S = 60.0


class StillProcess:
    """Started when it is needed, and again after it has died. Not for use from several tasks at once."""

    def __init__(self, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._process: asyncio.subprocess.Process | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def process_id(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def make(self, keyframe: Keyframe) -> bytes:
        """A JPEG, or nothing. Raises `OSError` when the process fails, `TimeoutError` when it takes too long."""
        self._rest()
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._ask(msgspec.msgpack.encode(keyframe))
        except (OSError, EOFError, TimeoutError) as error:
            await self.close()
            raise error if isinstance(error, OSError) else OSError("the process for stills died") from error
        except asyncio.CancelledError:
            await self.close()
            raise
        finally:
            if self._process is not None:
                self._timer = asyncio.get_running_loop().call_later(self._idle_s, self._end)

    async def close(self) -> None:
        """The process goes at once."""
        self._rest()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask(self, question: bytes) -> bytes:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "recorder.stills.maker",
                str(os.getpid()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        source, sink = self._process.stdout, self._process.stdin
        assert source is not None
        assert sink is not None
        sink.write(HEAD.pack(len(question)) + question)
        await sink.drain()
        (size,) = HEAD.unpack(await source.readexactly(HEAD.size))
        return await source.readexactly(size)

    def _end(self) -> None:
        """Nobody has asked for a while: without its input the process ends."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
