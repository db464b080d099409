"""The settings about tips."""

import pytest

from config import Settings, SettingsError
from config.loading import load_settings

CONTRACT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
NODE = "https://rpc.example.org/hunter2"


def load(**environment: str) -> Settings:
    return load_settings(environment={f"HARMONIE_{name}": value for name, value in environment.items()})


def test_nodes_and_tokens_are_lists() -> None:
    settings = load(
        TIP_CONTRACT=CONTRACT,
        CHAIN_RPC_URL=NODE,
        CHAIN_RPC_FALLBACKS="http://127.0.0.1:8545, https://other.example.org/hunter2",
        CHAIN_WAKE_URL="wss://rpc.example.org/hunter2",
        TIP_TOKENS=f"{CONTRACT},{CONTRACT.lower()}",
        TIP_CONFIRMATIONS="3",
        TIP_FROM_BLOCK="1000",
    )
    assert settings.chain_rpc_fallbacks == ("http://127.0.0.1:8545", "https://other.example.org/hunter2")
    assert settings.tip_tokens == (CONTRACT, CONTRACT.lower())
    assert (settings.tip_confirmations, settings.tip_from_block) == (3, 1_000)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("TIP_CONTRACT", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe"),
        ("TIP_CONTRACT", "tips.eth"),
        ("TIP_TOKENS", f"{CONTRACT},USDC"),
        ("TIP_CONFIRMATIONS", "0"),
        ("TIP_FROM_BLOCK", "latest"),
        ("CHAIN_WAKE_URL", "https://rpc.example.org/hunter2"),
        ("CHAIN_RPC_FALLBACKS", "https://rpc.example.org, ws://rpc.example.org/hunter2"),
    ],
)
def test_a_wrong_setting_about_tips_stops_the_start(name: str, wrong: str) -> None:
    with pytest.raises(SettingsError, match=f"HARMONIE_{name} in the environment: expected") as refused:
        load(**{name: wrong})
    assert "hunter2" not in str(refused.value)


def test_a_contract_needs_a_node() -> None:
    with pytest.raises(SettingsError, match="tip_contract needs chain_rpc_url"):
        load(TIP_CONTRACT=CONTRACT)
