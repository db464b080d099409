"""The compiled contract, as committed beside its source. ``scripts/contract`` makes it anew."""

from pathlib import Path
from typing import Any

import msgspec

DIRECTORY = Path(__file__).parent / "contracts"


class Artifact(msgspec.Struct, frozen=True):
    """``TipJar.json``. ``bytecode`` is what a deployment sends, ``runtime`` what is then at the address: ``0x...``."""

    contract: str
    source_sha256: str
    compiler: str
    settings: dict[str, Any]
    abi: list[dict[str, Any]]
    bytecode: str
    runtime: str


def tip_jar() -> Artifact:
    """Reads the artifact from the disk."""
    return msgspec.json.decode((DIRECTORY / "TipJar.json").read_bytes(), type=Artifact)
