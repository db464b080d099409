"""Compiles contracts that only tests need, with the same compiler."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tipping.artifact import DIRECTORY

CONTRACTS = Path(__file__).parent / "contracts"


def compiled(*paths: Path) -> dict[str, dict[str, Any]]:
    """``{contract: {abi, bytecode, runtime}}`` of all files: loading the compiler takes longest."""
    process = subprocess.run(
        ["node", "compile.mjs", "--print", *map(str, paths)],
        cwd=DIRECTORY,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    contracts: dict[str, dict[str, Any]] = json.loads(process.stdout)
    return contracts
