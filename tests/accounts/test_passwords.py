"""Which passwords are refused, and how they are checked."""

import asyncio
import threading

import pytest

from accounts.errors import Busy, PasswordWeak
from accounts.password_rules import check_password
from accounts.passwords import ARGON2, Argon2Parameters, Passwords
from tests.accounts.conftest import OTHER_PASSWORD, PASSWORD, QUICK


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        OTHER_PASSWORD,
        "correct horse battery staple",
        "Tr0ub4dor&3x",
        "ähnlich öfter übel",
        "".join(chr(33 + each * 37 % 90) for each in range(200)),
    ],
)
def test_a_good_password_is_taken(password: str) -> None:
    check_password(password, address="miles@example.org")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("x7#Qp!2vZ", "at least 10"),
        ("x7#" * 70, "at most 200"),
        ("password123", "too easy"),
        ("qwertyuiop", "too easy"),
        ("1234567890", "too easy"),
        ("aaaaaaaaaaaa", "too easy"),
        ("iloveyou12", "too easy"),
        ("Password1!", "too easy"),
        ("my MILES was x7#Qp!", "e-mail"),
        ("x7#Qp! Harmonie v2", "name of this service"),
        ("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11\uff12\uff13", "too easy"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, why: str) -> None:
    with pytest.raises(PasswordWeak, match=why) as error:
        check_password(password, address="miles@example.org")
    assert password not in str(error.value)


def test_a_short_local_part_does_not_spoil_every_password() -> None:
    check_password(PASSWORD, address="b@example.org")


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(QUICK)


async def test_the_right_password_is_right_and_no_other(passwords: Passwords) -> None:
    stored = await passwords.hash(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert (await passwords.verify(PASSWORD, stored)).right
    assert not (await passwords.verify(OTHER_PASSWORD, stored)).right
    assert not (await passwords.verify("", stored)).right


async def test_nobody_has_a_password(passwords: Passwords) -> None:
    for stored in (None, "", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$x$y"):
        assert not (await passwords.verify(PASSWORD, stored)).right


async def test_what_is_typed_on_another_keyboard_is_the_same_password(passwords: Passwords) -> None:
    stored = await passwords.hash("Bjo\u0308rk sings loudly")
    assert (await passwords.verify("Björk sings loudly", stored)).right


async def test_a_hash_with_other_parameters_is_replaced(passwords: Passwords) -> None:
    old = await Passwords(Argon2Parameters(time_cost=2, memory_kib=32)).hash(PASSWORD)
    verified = await passwords.verify(PASSWORD, old)
    assert verified.right
    assert verified.new_hash is not None
    assert f"m={QUICK.memory_kib}" in verified.new_hash
    assert (await passwords.verify(PASSWORD, verified.new_hash)).new_hash is None


def test_the_parameters_are_those_of_rfc_9106() -> None:
    assert (ARGON2.time_cost, ARGON2.memory_kib) == (3, 65_536)


async def test_the_loop_goes_on_and_only_so_many_run_and_wait() -> None:
    passwords = Passwords(QUICK, concurrency=1, max_waiting=1)
    held = threading.Event()
    running = [asyncio.create_task(passwords._run(held.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy) as error:
        await passwords.verify(PASSWORD, None)
    assert error.value.headers["Retry-After"] == "2"
    held.set()
    await asyncio.gather(*running)
    assert not (await passwords.verify(PASSWORD, None)).right
