"""The floor of a fan-out on this machine, measured in the same run as the server.

The same packets in the same bursts at the same pace: AES-128-GCM for each viewer, one UDP GSO send per burst and
viewer, and nothing else. With a C compiler it is a small C program (floor.c), else the same loop in Python; the table
says which. What a server adds to this is its own cost.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import selectors
import shutil
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.processes import BenchError, Cores
from loadtest.media import Material

RTP_HEADER_BYTES = 12
MAX_BURST_PACKETS = 10  # as DESIGN.md bounds a burst
MAX_PADDING_BYTES = 255
GCM_TAG_BYTES = 16
UDP_SEGMENT = 103


@dataclass(frozen=True, slots=True)
class Burst:
    """Packets of one size that leave in one system call. `packet_bytes` is the RTP packet's before the tag."""

    due_us: int
    packet_bytes: int
    count: int


@dataclass(frozen=True, slots=True)
class Floor:
    """What the bare work costs. `cipher_share` is the cipher's part of the time, None where it was not taken."""

    viewers: int
    packets: int
    cpu_us_per_packet: float
    cipher_share: float | None
    language: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """One turn of the material as bursts."""

    bursts: tuple[Burst, ...]
    turn_us: int


def schedule_of(material: Material) -> Schedule:
    """The bursts a server could at best make of the material: up to ten packets, padded to one size."""
    bursts = [
        burst
        for track in (material.audio, material.video)
        for number, frame in enumerate(track.frames)
        for burst in _bursts_of(
            round(number * track.frame_s * 1e6), [len(payload) for payload in frame.payloads]
        )
    ]
    bursts.sort(key=lambda burst: burst.due_us)
    return Schedule(tuple(bursts), round(len(material.video.frames) * material.video.frame_s * 1e6))


async def measure_floor(
    schedule: Schedule, viewers: int, seconds: float, cores: Cores, directory: Path
) -> Floor:
    """Run it for this many viewers; raises `BenchError` when it fails."""
    program = await _compile(directory)
    arguments = [
        str(viewers),
        str(seconds),
        str(min(cores.server)),
        str(cores.load[0]),
        str(schedule.turn_us),
    ]
    command = [sys.executable, "-m", "bench.floor"] if program is None else [str(program)]
    process = await asyncio.create_subprocess_exec(
        *command, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    lines = "".join(f"{burst.due_us} {burst.packet_bytes} {burst.count}\n" for burst in schedule.bursts)
    output, _ = await process.communicate(lines.encode())
    if process.returncode == 2 and program is not None:  # no libcrypto that it could open
        program.unlink()
        (directory / "floor.failed").touch()
        return await measure_floor(schedule, viewers, seconds, cores, directory)
    if process.returncode:
        raise BenchError(f"the floor program failed with code {process.returncode}; its message is above")
    packets, cpu_us, cipher_us, send_us = map(float, output.split())
    return Floor(
        viewers=viewers,
        packets=int(packets),
        cpu_us_per_packet=cpu_us / packets,
        cipher_share=cipher_us / (cipher_us + send_us),
        language="Python" if program is None else "C",
    )


async def _compile(directory: Path) -> Path | None:
    program = directory / "floor"
    if program.exists():
        return program
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or (directory / "floor.failed").exists():
        return None
    source = Path(__file__).with_name("floor.c")
    process = await asyncio.create_subprocess_exec(compiler, "-O2", "-o", str(program), str(source), "-ldl")
    return program if await process.wait() == 0 else None


def drain(readers: list[socket.socket]) -> None:
    """Read everything every ten milliseconds, for ever: the other end of a measurement, in its own process."""
    selector = selectors.DefaultSelector()
    for each in readers:
        selector.register(each, selectors.EVENT_READ, each)
    sink = bytearray(2048)
    while True:
        time.sleep(0.01)
        for key, _ in selector.select(0):
            reader: socket.socket = key.data
            with contextlib.suppress(BlockingIOError):
                while True:
                    reader.recv_into(sink)


def _bursts_of(due_us: int, payload_sizes: list[int]) -> Iterator[Burst]:
    run: list[int] = []
    for size in payload_sizes:
        too_uneven = bool(run) and max([*run, size]) - min([*run, size]) > MAX_PADDING_BYTES
        if run and (len(run) == MAX_BURST_PACKETS or too_uneven):
            yield Burst(due_us, max(run) + RTP_HEADER_BYTES, len(run))
            run = []
        run.append(size)
    if run:
        yield Burst(due_us, max(run) + RTP_HEADER_BYTES, len(run))


def _main() -> None:
    """The floor in Python: the same work and output as floor.c."""
    viewers, seconds = int(sys.argv[1]), float(sys.argv[2])
    server_core, load_core, turn_us = (int(argument) for argument in sys.argv[3:6])
    bursts = [Burst(*map(int, line.split())) for line in sys.stdin]
    readers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(viewers)]
    for reader in readers:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        reader.bind(("127.0.0.1", 0))
        reader.setblocking(False)
    child = os.fork()
    if child == 0:
        os.sched_setaffinity(0, {load_core})
        drain(readers)
    try:
        os.sched_setaffinity(0, {server_core})
        _play(bursts, [reader.getsockname() for reader in readers], seconds, turn_us)
    finally:
        os.kill(child, signal.SIGKILL)


def _play(bursts: list[Burst], addresses: list[tuple[str, int]], seconds: float, turn_us: int) -> None:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    keys = [AESGCM(index.to_bytes(16, "big")) for index in range(len(addresses))]
    plain = bytes(range(256)) * 8
    packets, cipher_us, send_us, sequence = 0, 0.0, 0.0, 0
    began, cpu_began = time.monotonic(), _cpu_s()
    turn = 0
    while True:
        for burst in bursts:
            if time.monotonic() - began > seconds:
                print(packets, (_cpu_s() - cpu_began) * 1e6, cipher_us, send_us)
                return
            wait_s = began + (turn * turn_us + burst.due_us) / 1e6 - time.monotonic()
            if wait_s > 0:
                time.sleep(wait_s)
            header, body = plain[:RTP_HEADER_BYTES], plain[RTP_HEADER_BYTES : burst.packet_bytes]
            segment = struct.pack("H", burst.packet_bytes + GCM_TAG_BYTES)
            control = [(socket.IPPROTO_UDP, UDP_SEGMENT, segment)] if burst.count > 1 else []
            for key, address in zip(keys, addresses, strict=True):
                t0 = time.perf_counter()
                data = b"".join(
                    header + key.encrypt((sequence + index).to_bytes(12, "big"), body, header)
                    for index in range(burst.count)
                )
                t1 = time.perf_counter()
                sender.sendmsg([data], control, 0, address)
                cipher_us += (t1 - t0) * 1e6
                send_us += (time.perf_counter() - t1) * 1e6
            sequence += burst.count
            packets += burst.count * len(addresses)
        turn += 1


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    _main()
