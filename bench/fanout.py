"""`python -m bench.fanout`: what one packet costs in each kernel of the fan-out, beside the floor of the same moment.

Every kernel protects and sends the same bursts of 1 and of 8 packets of 1,200 bytes to 500 viewers, whose sockets a
process on another core reads; then the floor does (floor.c). In turns, several times: the median of the ratios says
more than any one figure on a machine that does other things too. Only user and system time of the sender count.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import cast, get_args

import pylibsrtp

from bench.floor import GCM_TAG_BYTES, RTP_HEADER_BYTES, Burst, Schedule, drain, measure_floor
from bench.processes import BenchError, Cores
from media.burst import write_runs
from media.description import CodecFormat
from media.destinations import Destination, DestinationSet
from media.fanout import Kernel, make_fanout
from media.native.gcm import open_gcm
from media.srtp import OutboundSrtp
from media.stats import Counters
from media.track import ForwardedPacket
from media.udp import UdpEndpoint

PACKET_BYTES = 1200
BURSTS = (1, 8)
PACKETS_PER_SECOND = 250  # as 2.5 Mbit/s have, so that a burst finds what the caches of a server would hold
FORMAT = CodecFormat("VP8", 96, 90_000)


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.fanout", description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=1.5, help="each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kernels", nargs="+", choices=get_args(Kernel), default=list(get_args(Kernel)))
    parser.add_argument("--send", nargs=2, metavar=("KERNEL", "BURST"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.send is not None:
        kernel, burst = arguments.send
        _send(cast(Kernel, kernel), int(burst), arguments.viewers, arguments.seconds)
        return 0
    try:
        asyncio.run(_compare(arguments.kernels, arguments.viewers, arguments.seconds, arguments.rounds))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 0


async def _compare(kernels: list[Kernel], viewers: int, seconds: float, rounds: int) -> None:
    cores = Cores.plan()
    print(
        f"{viewers} viewers, packets of {PACKET_BYTES} bytes; CPU per packet, best and median of {rounds} rounds"
    )
    with tempfile.TemporaryDirectory(prefix="harmonie-bench-") as name:
        for count in BURSTS:
            floors: list[float] = []
            costs: dict[Kernel, list[float]] = {kernel: [] for kernel in kernels}
            turn_us = round(count / PACKETS_PER_SECOND * 1e6)
            schedule = Schedule((Burst(0, PACKET_BYTES, count),), turn_us)
            for _ in range(rounds):
                for kernel in kernels:
                    costs[kernel].append(await _measure(kernel, count, viewers, seconds))
                floor = await measure_floor(schedule, viewers, seconds, cores, Path(name))
                floors.append(floor.cpu_us_per_packet)
            print(f"\nbursts of {count}{'':10}best   median   times the floor")
            for label, found in (*costs.items(), ("floor", floors)):
                ratio = statistics.median(a / b for a, b in zip(found, floors, strict=True))
                print(
                    f"  {label:16}{min(found):6.2f} us {statistics.median(found):6.2f} us     {ratio:.2f}",
                    flush=True,
                )


async def _measure(kernel: Kernel, count: int, viewers: int, seconds: float) -> float:
    """CPU microseconds per packet, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.fanout", "--send", kernel, str(count)),
        *("--viewers", str(viewers), "--seconds", str(seconds)),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise BenchError(f"the kernel {kernel!r} could not be measured; its message is above")
    return float(output)


def _send(kernel: Kernel, count: int, viewers: int, seconds: float) -> None:
    """One measurement; prints its result."""
    cores = Cores.plan()
    readers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(viewers)]
    for reader in readers:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        reader.bind(("127.0.0.1", 0))
        reader.setblocking(False)
    child = os.fork()
    if child == 0:
        os.sched_setaffinity(0, {cores.load[0]})
        drain(readers)
    try:
        os.sched_setaffinity(0, cores.server)
        print(_play(kernel, count, [reader.getsockname() for reader in readers], seconds))
    finally:
        os.kill(child, signal.SIGKILL)


def _play(kernel: Kernel, count: int, addresses: list[tuple[str, int]], seconds: float) -> float:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    endpoint = UdpEndpoint(sender, socket.AF_INET, True)
    counters = Counters()
    fanout = make_fanout(counters, kernel)
    viewers = DestinationSet(
        Destination(endpoint, address, _key(number)) for number, address in enumerate(addresses)
    )
    payload = bytes(PACKET_BYTES - RTP_HEADER_BYTES)
    began, cpu_began, sequence = time.monotonic(), time.process_time(), 1
    due_s = began
    while time.monotonic() < began + seconds:
        packets = [ForwardedPacket(sequence + number, 0, False, payload, FORMAT) for number in range(count)]
        sequence += count
        fanout.send(write_runs(packets, 96, 7, GCM_TAG_BYTES), viewers)
        due_s += count / PACKETS_PER_SECOND
        time.sleep(max(0.0, due_s - time.monotonic()))
    return (time.process_time() - cpu_began) * 1e6 / (counters.packets_out + counters.packets_dropped)


def _key(number: int) -> OutboundSrtp:
    key = number.to_bytes(28, "big")
    policy = pylibsrtp.Policy(
        key=key,
        ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    )
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    library = open_gcm()
    return OutboundSrtp(
        pylibsrtp.Session(policy), GCM_TAG_BYTES, None if library is None else library.sender(key)
    )


if __name__ == "__main__":
    sys.exit(main())
