"""Guessing stream keys is slowed down, and remembering who guesses is bounded."""

from signaling.wrong_keys import MAX_ADDRESSES, MAX_WRONG_KEYS, WINDOW_S, WrongKeys


def test_an_address_is_refused_after_too_many_wrong_keys_until_its_window_ends() -> None:
    wrong_keys = WrongKeys()
    for second in range(MAX_WRONG_KEYS):
        assert wrong_keys.retry_after_s("192.0.2.1", second) == 0
        wrong_keys.failed("192.0.2.1", second)
    assert wrong_keys.retry_after_s("192.0.2.1", 20) == WINDOW_S - 20
    assert wrong_keys.retry_after_s("192.0.2.2", 20) == 0
    assert wrong_keys.retry_after_s("192.0.2.1", WINDOW_S) == 0


def test_a_new_window_counts_from_nothing() -> None:
    wrong_keys = WrongKeys()
    for _ in range(MAX_WRONG_KEYS):
        wrong_keys.failed("192.0.2.1", 0)
    wrong_keys.failed("192.0.2.1", WINDOW_S)
    assert wrong_keys.retry_after_s("192.0.2.1", WINDOW_S) == 0


def test_an_ipv6_client_counts_by_its_network_and_a_mapped_one_by_its_ipv4_address() -> None:
    wrong_keys = WrongKeys()
    for host in range(MAX_WRONG_KEYS):
        wrong_keys.failed(f"2001:db8::{host:x}", 0)
        wrong_keys.failed("::ffff:192.0.2.1", 0)
    assert wrong_keys.retry_after_s("2001:db8::ffff", 1) > 0
    assert wrong_keys.retry_after_s("2001:db8:0:1::1", 1) == 0
    assert wrong_keys.retry_after_s("192.0.2.1", 1) > 0


def test_the_address_that_failed_longest_ago_is_forgotten_first() -> None:
    wrong_keys = WrongKeys()
    for _ in range(MAX_WRONG_KEYS):
        wrong_keys.failed("unknown", 0)
    for number in range(MAX_ADDRESSES):
        wrong_keys.failed(f"10.0.{number // 256}.{number % 256}", 1)
    assert len(wrong_keys) == MAX_ADDRESSES
    assert wrong_keys.retry_after_s("unknown", 1) == 0
