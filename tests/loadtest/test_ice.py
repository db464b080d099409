from __future__ import annotations

import itertools

from aioice import stun

from loadtest.ice import CONSENT_EXPIRY_S, ConsentLost, Credentials, IceClient, Selected, Transmit

SERVER = ("127.0.0.1", 9)
ELSEWHERE = ("127.0.0.2", 9)
LOCAL, REMOTE = Credentials("local", "local-password"), Credentials("remote", "remote-password")


def client(patience_s: float = CONSENT_EXPIRY_S) -> IceClient:
    numbers = itertools.count()
    return IceClient(
        local=LOCAL,
        remote=REMOTE,
        addresses=[ELSEWHERE, SERVER],
        random_bytes=lambda n: next(numbers).to_bytes(n, "big"),
        patience_s=patience_s,
    )


def response_to(data: bytes, pwd: str = REMOTE.pwd) -> bytes:
    request = stun.parse_message(data)
    response = stun.Message(request.message_method, stun.Class.RESPONSE, request.transaction_id)
    response.add_message_integrity(pwd.encode())
    return bytes(response)


def sent_to(effects: object, address: tuple[str, int]) -> bytes:
    assert isinstance(effects, list)
    return next(e.data for e in effects if isinstance(e, Transmit) and e.address == address)


def test_checks_nominate_at_once_and_are_signed_for_the_server() -> None:
    request = stun.parse_message(sent_to(client().start(0.0), SERVER))
    assert request.attributes["USERNAME"] == "remote:local"
    assert "USE-CANDIDATE" in request.attributes
    assert "ICE-CONTROLLING" in request.attributes
    assert request.check_message_integrity(REMOTE.pwd.encode())


def test_the_address_that_answers_is_selected_once() -> None:
    ice = client()
    effects = ice.start(0.0)
    answer = response_to(sent_to(effects, SERVER))
    assert ice.receive(answer, SERVER, 0.01) == [Selected(SERVER)]
    assert ice.receive(answer, SERVER, 0.02) == []


def test_an_answer_signed_with_another_password_is_ignored() -> None:
    ice = client()
    request = sent_to(ice.start(0.0), SERVER)
    assert ice.receive(response_to(request, "wrong"), SERVER, 0.01) == []
    assert ice.selected is None


def test_unanswered_checks_are_repeated_with_growing_pauses() -> None:
    ice = client()
    ice.start(0.0)
    assert ice.deadline == 0.1
    assert sent_to(ice.handle_timeout(0.1), SERVER)
    assert ice.deadline is not None
    assert abs(ice.deadline - 0.3) < 1e-9


def test_consent_is_renewed_and_lost_after_thirty_silent_seconds() -> None:
    ice = client()
    ice.receive(response_to(sent_to(ice.start(0.0), SERVER)), SERVER, 0.0)
    renewal = sent_to(ice.handle_timeout(5.0), SERVER)
    ice.receive(response_to(renewal), SERVER, 5.0)
    assert ice.deadline == 10.0
    assert sent_to(ice.handle_timeout(10.0), SERVER)
    assert ice.deadline == 11.0, "what is not answered is asked again soon"
    assert ice.handle_timeout(15.0, 14.0) != [ConsentLost()]
    assert ice.handle_timeout(34.9) != [ConsentLost()]
    assert ice.handle_timeout(5.0 + CONSENT_EXPIRY_S) == [ConsentLost()]
    assert ice.deadline is None


def test_who_hears_nothing_at_all_loses_patience_sooner() -> None:
    ice = client(patience_s=8.0)
    ice.receive(response_to(sent_to(ice.start(0.0), SERVER)), SERVER, 0.0)
    assert sent_to(ice.handle_timeout(9.0, 1.1), SERVER), "media came since"
    assert ice.handle_timeout(9.1, 1.1) == [ConsentLost()]


def test_a_request_of_a_full_peer_is_answered_when_it_is_authentic() -> None:
    ice = client()
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, bytes(12), {"USERNAME": "local:remote"})
    request.add_message_integrity(LOCAL.pwd.encode())
    answer = stun.parse_message(sent_to(ice.receive(bytes(request), SERVER, 0.0), SERVER))
    assert answer.check_message_integrity(LOCAL.pwd.encode())
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == SERVER
    request.add_message_integrity(b"wrong")
    assert ice.receive(bytes(request), SERVER, 0.0) == []


def test_noise_is_ignored() -> None:
    assert client().receive(b"\0\1\0\0noise", SERVER, 0.0) == []
