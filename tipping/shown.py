"""What is shown of a tip beside what the chain says, as it was when the tip was first seen. A core.

It is stored with the tip, so that a name that changes, a price that moves or a rule of the chat that is added later
changes nothing about tips that were shown before.
"""

from dataclasses import dataclass

from accounts.ethereum import Address
from tipping.messages import MessageState, Sender, Worth, sender_of


@dataclass(frozen=True, slots=True)
class From:
    """Whose wallet it is from. Without a ``user``: nobody's that is known."""

    user: str | None = None
    name: str | None = None
    badges: tuple[str, ...] = ()

    def sender(self, wallet: Address) -> Sender:
        return sender_of(wallet, self.user, self.name, list(self.badges))


@dataclass(frozen=True, slots=True)
class Shown:
    """``text`` is the message as it may be shown, whether it is or not; ``price`` is of a whole coin."""

    by: From = From()
    text: str = ""
    message_state: MessageState = "held"
    price: str | None = None
    worth: Worth | None = None
    clock_ms: int | None = None


NOTHING = Shown()
"""Of a tip that does not count."""
