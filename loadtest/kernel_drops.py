"""Datagrams that reached this machine and were dropped because their reader was too slow."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

TABLES = (Path("/proc/self/net/udp"), Path("/proc/self/net/udp6"))


def kernel_drops(descriptors: Iterable[int]) -> int:
    """Of these sockets, since they were opened; 0 where the system does not say. What is closed (-1) has none."""
    inodes = {str(os.fstat(each).st_ino) for each in descriptors if each >= 0}
    drops = 0
    for table in TABLES:
        if table.exists():
            for line in table.read_text().splitlines()[1:]:
                columns = line.split()
                if columns[9] in inodes:
                    drops += int(columns[12])
    return drops
