"""What is committed is what the source compiles to."""

import hashlib

from tests.conftest import Need
from tests.tipping.solidity import compiled
from tipping.artifact import DIRECTORY, tip_jar
from tipping.tip_log import SIGNATURE, TOPIC


def test_the_committed_bytes_are_what_the_source_compiles_to(need: Need) -> None:
    need((DIRECTORY / "node_modules/solc").exists(), "the compiler (scripts/contract --install-only)")
    artifact, jar = tip_jar(), compiled(DIRECTORY / "TipJar.sol")["TipJar"]
    assert (artifact.abi, artifact.bytecode, artifact.runtime) == (
        jar["abi"],
        jar["bytecode"],
        jar["runtime"],
    )


def test_the_artifact_names_its_source_and_compiler() -> None:
    artifact = tip_jar()
    source = (DIRECTORY / "TipJar.sol").read_bytes()
    assert artifact.source_sha256 == hashlib.sha256(source).hexdigest()
    assert artifact.compiler.startswith("0.8.37+commit.")
    assert artifact.settings["evmVersion"] == "shanghai"
    assert len(artifact.runtime) // 2 - 1 < 24_576


def test_the_event_that_is_watched_is_the_contracts() -> None:
    (event,) = (each for each in tip_jar().abi if each.get("name") == "Tipped")
    assert f"Tipped({','.join(each['type'] for each in event['inputs'])})" == SIGNATURE
    assert [each["name"] for each in event["inputs"] if each["indexed"]] == ["channel", "artist", "tipper"]
    assert TOPIC[2:] in tip_jar().runtime
