"""What the load test itself costs, by the second: a generator that is too busy measures itself and not the server."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from loadtest.measures import Measures

STAT = Path("/proc/stat")


async def note_own_cost(measures: Measures) -> None:
    """CPU and event loop lag of this process, until cancelled."""
    loop = asyncio.get_running_loop()
    cpu_s = time.process_time()
    while True:
        due_s = loop.time() + 1.0
        await asyncio.sleep(1.0)
        now_s, used_s = time.time(), time.process_time()
        measures.count("generator_cpu_us", now_s, int((used_s - cpu_s) * 1e6))
        measures.observe("generator_lag_us", now_s, int((loop.time() - due_s) * 1e6))
        cpu_s = used_s


async def note_machine(measures: Measures) -> None:
    """How busy this machine is, whoever makes it so, until cancelled; nothing where it does not say."""
    before_s = busy_s()
    while before_s is not None:
        await asyncio.sleep(1.0)
        after_s = busy_s()
        if after_s is None:
            return
        now_s = time.time()
        measures.count("machine_busy_us", now_s, int(max(0.0, after_s - before_s) * 1e6))
        measures.level("machine_load", now_s, os.getloadavg()[0])
        before_s = after_s


def busy_s() -> float | None:
    """Seconds all cores together have worked, or were kept from it by other virtual machines, since the start."""
    try:
        fields = STAT.read_text().splitlines()[0].split()[1:]
    except (OSError, IndexError):
        return None
    user, nice, system, _idle, _wait, irq, soft, steal, *_ = (int(field) for field in fields)
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")
