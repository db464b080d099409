"""What a goal is: its bounds, and how it stands. A core."""

import unicodedata
from dataclasses import dataclass

from accounts.ethereum import Address
from tipping.coins import Coin
from tipping.errors import GoalInvalid
from tipping.messages import GoalView
from tipping.money import STORED_MAX, minor_digits

TITLE_MAX_CHARACTERS = 100
AMOUNT_MAX = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Unit:
    """What a goal counts: a coin in base units, or, without one, the display currency in minor units."""

    token: Address | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Goal:
    """What a channel collects for. Tips with an id above ``after_tip`` count."""

    id: int
    title: str
    target: int
    unit: Unit
    after_tip: int


def goal_title(text: str) -> str:
    """``text`` on one line, 1 to 100 characters. Raises ``GoalInvalid``."""
    title = unicodedata.normalize("NFC", " ".join(text.split()))
    if not title or len(title) > TITLE_MAX_CHARACTERS:
        raise GoalInvalid(f"a goal's title has 1 to {TITLE_MAX_CHARACTERS} characters")
    if not title.isprintable():
        raise GoalInvalid("a goal's title cannot hold control characters")
    return title


def goal_target(amount: int, unit: Unit) -> int:
    """Raises ``GoalInvalid``."""
    if not 0 < amount <= (STORED_MAX if unit.token is None else AMOUNT_MAX):
        raise GoalInvalid("nobody could reach this target, or it is reached already")
    return amount


def standing(goal: Goal, raised: int, coin: Coin | None) -> GoalView:
    """The goal as everyone sees it; ``coin`` is that of its unit."""
    currency = goal.unit.currency or ""
    return GoalView(
        id=str(goal.id),
        title=goal.title,
        target=str(goal.target),
        raised=str(raised),
        token=goal.unit.token,
        symbol=currency if coin is None else coin.symbol,
        decimals=minor_digits(currency) if coin is None else coin.decimals,
        currency=currency,
        reached=raised >= goal.target,
    )
