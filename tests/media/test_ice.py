"""ICE-lite: who is answered, who is believed, and for how long."""

import pytest
from aioice import stun

from media import ice
from media.errors import MalformedPacket
from media.ice import (
    CONSENT_TIMEOUT_S,
    DOUBT_TIMEOUT_S,
    MAX_ADDRESSES,
    Address,
    AddressForgotten,
    AddressValidated,
    Credentials,
    IceLite,
    Nominated,
    Respond,
)

HERE: Address = ("192.0.2.1", 4000)
THERE: Address = ("192.0.2.2", 4000)
SIX: Address = ("2001:db8::1", 4000, 0, 0)
OURS = Credentials("ours", "our-password-of-22-chars", "theirs")
NEXT = Credentials("next", "next-password-of-22-char", "theirs2")


def request(
    credentials: Credentials = OURS,
    *,
    nominate: bool = False,
    password: str | None = None,
    **attributes: object,
) -> stun.Message:
    """A connectivity check as a full agent sends it."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{credentials.local_ufrag}:{credentials.remote_ufrag}"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 77
    for name, value in attributes.items():
        message.attributes.pop("ICE-CONTROLLING", None)
        message.attributes[name.replace("_", "-")] = value
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity((password or credentials.local_pwd).encode())
    return ice.parse(bytes(message))


def agent(now_s: float = 0.0) -> IceLite:
    return IceLite(OURS, now_s)


def response(effects: list[ice.Effect]) -> stun.Message:
    (datagram,) = [effect.datagram for effect in effects if isinstance(effect, Respond)]
    return ice.parse(datagram)


@pytest.mark.parametrize("address", [HERE, SIX])
def test_a_check_is_answered_with_the_senders_own_address(address: Address) -> None:
    check = request()
    effects = agent().handle_request(check, address, 1.0)
    answer = response(effects)
    assert answer.message_class is stun.Class.RESPONSE
    assert answer.transaction_id == check.transaction_id
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == address[:2]
    assert answer.check_message_integrity(OURS.local_pwd.encode())
    assert AddressValidated(address) in effects
    assert not any(isinstance(effect, Nominated) for effect in effects)


def test_a_link_local_address_with_its_scope_is_answered() -> None:
    effects = agent().handle_request(request(), ("fe80::1%lo", 4000, 0, 1), 1.0)
    assert response(effects).message_class is stun.Class.RESPONSE


def test_nomination_moves_media_and_is_told_once() -> None:
    subject = agent()
    assert Nominated(HERE) in subject.handle_request(request(nominate=True), HERE, 1.0)
    assert Nominated(HERE) not in subject.handle_request(request(nominate=True), HERE, 2.0)
    assert Nominated(THERE) in subject.handle_request(request(nominate=True), THERE, 3.0)
    assert Nominated(HERE) in subject.handle_request(request(nominate=True), HERE, 4.0)
    assert subject.nominated == HERE


@pytest.mark.parametrize(
    "check",
    [
        request(password="not-the-password-at-all"),
        request(Credentials("stranger", OURS.local_pwd, "theirs")),
        request(Credentials("ours", OURS.local_pwd, "somebody")),
    ],
    ids=["wrong password", "unknown user", "wrong remote user"],
)
def test_who_does_not_know_the_credentials_changes_nothing(check: stun.Message) -> None:
    subject = agent()
    effects = subject.handle_request(check, HERE, 20.0)
    assert [type(effect) for effect in effects] == [Respond]
    assert response(effects).attributes["ERROR-CODE"][0] == 401
    assert subject.addresses == ()
    assert subject.expires_s == CONSENT_TIMEOUT_S


def test_a_check_without_integrity_changes_nothing() -> None:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    message.attributes["USE-CANDIDATE"] = None
    subject = agent()
    effects = subject.handle_request(ice.parse(bytes(message)), HERE, 1.0)
    assert response(effects).attributes["ERROR-CODE"][0] == 401
    assert subject.nominated is None


def test_a_nomination_added_after_the_integrity_is_not_believed() -> None:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    message.add_message_integrity(OURS.local_pwd.encode())
    message.attributes.pop("FINGERPRINT")
    message.attributes["USE-CANDIDATE"] = None
    effects = agent().handle_request(ice.parse(bytes(message)), HERE, 1.0)
    assert not any(isinstance(effect, Nominated) for effect in effects)


def test_an_answer_is_no_larger_than_a_browsers_check() -> None:
    """Else a forged sender address would turn us into an amplifier."""
    check = bytes(request())
    forged = request(password="not-the-password-at-all")
    for message in (ice.parse(check), forged):
        for effect in agent().handle_request(message, SIX, 1.0):
            if isinstance(effect, Respond):
                assert len(effect.datagram) <= len(check)


def test_a_peer_that_also_wants_to_be_controlled_is_told_of_the_conflict() -> None:
    subject = agent()
    effects = subject.handle_request(request(ICE_CONTROLLED=1), HERE, 1.0)
    answer = response(effects)
    assert answer.attributes["ERROR-CODE"][0] == 487
    assert answer.check_message_integrity(OURS.local_pwd.encode())
    assert subject.addresses == ()


@pytest.mark.parametrize("message_class", [stun.Class.INDICATION, stun.Class.RESPONSE, stun.Class.ERROR])
def test_only_requests_are_answered(message_class: stun.Class) -> None:
    message = stun.Message(stun.Method.BINDING, message_class)
    message.attributes["USERNAME"] = "ours:theirs"
    assert agent().handle_request(message, HERE, 1.0) == []
    message = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)
    assert agent().handle_request(message, HERE, 1.0) == []


def test_consent_lasts_from_the_last_authentic_check() -> None:
    subject = agent(now_s=100.0)
    assert subject.expires_s == 100.0 + CONSENT_TIMEOUT_S
    subject.handle_request(request(), HERE, 120.0)
    assert subject.expires_s == 120.0 + CONSENT_TIMEOUT_S
    subject.handle_request(request(ICE_CONTROLLED=1), HERE, 130.0)
    assert subject.expires_s == 120.0 + CONSENT_TIMEOUT_S


def test_the_oldest_address_is_forgotten_but_never_the_nominated_one() -> None:
    subject = agent()
    subject.handle_request(request(nominate=True), HERE, 0.0)
    forgotten = []
    for port in range(1, 20):
        effects = subject.handle_request(request(), ("192.0.2.9", port), 1.0)
        forgotten += [effect.address for effect in effects if isinstance(effect, AddressForgotten)]
        assert len(subject.addresses) <= MAX_ADDRESSES
    assert forgotten == [("192.0.2.9", port) for port in range(1, 20 - MAX_ADDRESSES + 1)]
    assert HERE in subject.addresses


def test_an_address_is_claimed_anew_with_every_check() -> None:
    """Another session may have shown a check from this address meanwhile."""
    subject = agent()
    subject.handle_request(request(), HERE, 0.0)
    assert AddressValidated(HERE) in subject.handle_request(request(), HERE, 1.0)
    assert subject.addresses == (HERE,)


def test_both_generations_are_answered_after_a_restart_but_only_the_new_one_nominates() -> None:
    subject = agent()
    assert subject.restart(NEXT) == []
    old = subject.handle_request(request(nominate=True), HERE, 1.0)
    assert response(old).message_class is stun.Class.RESPONSE
    assert Nominated(HERE) not in old
    assert Nominated(THERE) in subject.handle_request(request(NEXT, nominate=True), THERE, 2.0)


def test_a_second_restart_forgets_the_first_generation() -> None:
    subject = agent()
    subject.restart(NEXT)
    assert subject.restart(Credentials("last", "last-password-of-22-char", "theirs3")) == [OURS]
    assert response(subject.handle_request(request(), HERE, 1.0)).attributes["ERROR-CODE"][0] == 401


def test_the_user_name_is_found_without_parsing_the_rest() -> None:
    assert ice.peek_ufrag(bytes(request())) == "ours"
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    assert ice.peek_ufrag(bytes(message)) == ""
    message.attributes["SOFTWARE"] = "odd"
    message.attributes["USERNAME"] = "lonely"
    assert ice.peek_ufrag(bytes(message)) == "lonely"
    assert ice.peek_ufrag(bytes(message)[:-12]) == ""
    assert ice.peek_ufrag(bytes(stun.Message(stun.Method.BINDING, stun.Class.RESPONSE))) == ""
    assert ice.peek_ufrag(b"\x00\x01\x00\x00" + bytes(16)) == ""
    assert ice.peek_ufrag(b"") == ""


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        bytes(20)[:19],
        b"\x00\x01\x00\x04" + ice._COOKIE + bytes(12),
        b"\x3f\x01\x00\x00" + ice._COOKIE + bytes(12),  # no such method
        b"\x00\x01\x00\x08" + ice._COOKIE + bytes(12) + b"\x00\x06\x00\x04\xff\xff\xff\xff",  # not UTF-8
        b"\x00\x01\x00\x08" + ice._COOKIE + bytes(12) + b"\x00\x20\x00\x04\x00\x03\x00\x00",  # no such family
        b"\x00\x01\x00\x04" + ice._COOKIE + bytes(12) + b"\x00\x24\x00\x00",  # a priority of no bytes
        b"\x00\x01\x00\x08" + ice._COOKIE + bytes(12) + b"\x80\x28\x00\x04\x00\x00\x00\x00",  # fingerprint
    ],
)
def test_what_is_no_stun_message_is_malformed(datagram: bytes) -> None:
    with pytest.raises(MalformedPacket):
        ice.parse(datagram)


def test_doubt_ends_consent_soon_unless_a_check_comes() -> None:
    subject = agent()
    subject.doubt(10.0)
    assert subject.expires_s == 10.0 + DOUBT_TIMEOUT_S
    subject.doubt(11.0)  # however often it is said
    assert subject.expires_s == 10.0 + DOUBT_TIMEOUT_S
    subject.handle_request(request(), HERE, 12.0)
    assert subject.expires_s == 12.0 + CONSENT_TIMEOUT_S
