"""When events leave, and how much a client may send."""

import pytest

from signaling.gateway.allowance import Allowance, Verdict
from signaling.gateway.pace import TICK_MAX_S, TICK_MIN_S, tick_s
from signaling.gateway.protocol import COMMANDS_AT_ONCE, COMMANDS_PER_S, REFUSALS_AT_ONCE


@pytest.mark.parametrize(
    ("writing_s", "expected_s"), [(0.001, TICK_MIN_S), (0.015, 0.030), (0.5, TICK_MAX_S)]
)
def test_the_tick_grows_with_what_writing_costs(writing_s: float, expected_s: float) -> None:
    assert tick_s(writing_s) == pytest.approx(expected_s)


def test_a_burst_is_fine_and_then_the_average_counts() -> None:
    allowance = Allowance(0.0)
    verdicts = [allowance.spend(0.0) for _ in range(COMMANDS_AT_ONCE + 1)]
    assert verdicts == [Verdict.ALLOWED] * COMMANDS_AT_ONCE + [Verdict.REFUSED]
    assert allowance.retry_after_s == pytest.approx(1 / COMMANDS_PER_S)
    for second in range(1, 20):
        allowed = sum(allowance.spend(float(second)) is Verdict.ALLOWED for _ in range(COMMANDS_PER_S))
        assert allowed == COMMANDS_PER_S


def test_patience_ends_and_comes_back() -> None:
    allowance = Allowance(0.0)
    for _ in range(COMMANDS_AT_ONCE + REFUSALS_AT_ONCE):
        assert allowance.spend(0.0) is not Verdict.FLOODING
    assert allowance.spend(0.0) is Verdict.FLOODING
    assert allowance.spend(60.0) is Verdict.ALLOWED
