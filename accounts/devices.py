"""What a request tells of the device it comes from, cut down to what is kept. A core."""

from dataclasses import dataclass

from accounts.session_rules import shown_user_agent
from accounts.visitor_addresses import truncated


@dataclass(frozen=True, slots=True)
class Device:
    """Shown to the person in their list of devices, so that they can tell which one it is."""

    user_agent: str = ""
    network: str | None = None


def device(user_agent: str | None, address: str) -> Device:
    """``address`` is the visitor's; only its network is kept."""
    return Device(shown_user_agent(user_agent), truncated(address))
