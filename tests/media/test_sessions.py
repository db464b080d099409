"""The table of sessions: entered once, found three ways, forgotten in all of them."""

import pytest

from media.description import DtlsRole, LocalPeer
from media.destinations import Destination
from media.errors import TooManySessions, UnknownSession
from media.ice import Address, AddressForgotten, AddressValidated, Credentials, IceLite
from media.session import Session
from media.sessions import MAX_DEPARTED, SessionTable
from media.stats import Counters

HERE, THERE = "192.0.2.7", "192.0.2.8"
SOURCE: Address = ("192.0.2.7", 5000)


class _Idle:
    """A role that does nothing."""

    def __init__(self, *, publishing: bool) -> None:
        self.publishing = publishing

    def connected(self, destination: Destination) -> None: ...

    def moved(self, destination: Destination) -> None: ...

    def receive_rtp(self, data: bytes, arrival_us: int) -> None: ...

    def receive_rtcp(self, data: bytes) -> None: ...

    def ended(self) -> None: ...


def session(name: str, *, client: str = HERE, publishing: bool = False) -> Session:
    local = LocalPeer(name, f"{name}-ufrag", "p" * 22, DtlsRole.SERVER)
    agent = IceLite(Credentials(local.ice_ufrag, local.ice_pwd, "theirs", "q" * 22), 0.0, bytes(16))
    return Session(local, "stage", client, agent, _Idle(publishing=publishing), Counters())


def validated(table: SessionTable, owner: Session, address: Address = SOURCE) -> None:
    owner.ice._addresses.append(address)
    table.readdressed(owner, AddressValidated(address))


def test_a_session_is_found_by_id_ufrag_and_address() -> None:
    table, miles = SessionTable(), session("miles")
    table.add(miles)
    assert (table.get("miles"), table.with_ufrag("miles-ufrag")) == (miles, miles)
    assert table.at_address(SOURCE) is None
    validated(table, miles)
    assert table.at_address(SOURCE) is miles
    assert (miles in table, list(table), table.of_client(HERE)) == (True, [miles], 1)


def test_nothing_is_left_of_a_removed_session() -> None:
    table, miles = SessionTable(), session("miles")
    table.add(miles)
    validated(table, miles)
    table.handshake_ended()
    assert not table.is_empty()
    assert table.remove(miles)
    assert table.is_empty()
    assert miles not in table
    assert not table.remove(miles)
    with pytest.raises(UnknownSession):
        table.get("miles")


def test_sessions_may_be_removed_while_they_are_gone_through() -> None:
    table = SessionTable()
    for name in ("one", "two", "three"):
        table.add(session(name))
    for each in table:
        table.remove(each)
    assert list(table) == []


def test_clients_are_counted_apart() -> None:
    table, mine = SessionTable(), session("one")
    for each in (mine, session("two"), session("three", client=THERE)):
        table.add(each)
    table.remove(mine)
    assert (table.of_client(HERE), table.of_client(THERE), table.of_client("192.0.2.9")) == (1, 1, 0)


def test_an_ipv6_client_is_its_whole_network() -> None:
    table, mine = SessionTable(), session("one", client="2001:db8:0:1::5")
    for each in (mine, session("two", client="2001:db8:0:1::6"), session("three", client="2001:db8:0:2::5")):
        table.add(each)
    assert table.of_client("2001:db8:0:1:9::9") == 2
    table.remove(mine)
    assert (table.of_client("2001:db8:0:1::5"), table.of_client("2001:db8:0:2::1")) == (1, 1)


def test_an_address_belongs_to_the_session_that_showed_it_last() -> None:
    table, first, second = SessionTable(), session("first"), session("second")
    for each in (first, second):
        table.add(each)
        validated(table, each)
    table.readdressed(first, AddressForgotten(SOURCE))
    assert table.at_address(SOURCE) is second
    table.remove(first)
    assert table.at_address(SOURCE) is second
    table.readdressed(second, AddressForgotten(SOURCE))
    assert table.at_address(SOURCE) is None


def test_after_an_ice_restart_only_the_last_two_generations_are_answered() -> None:
    table, miles = SessionTable(), session("miles")
    table.add(miles)
    for generation in ("second", "third"):
        miles.local = LocalPeer("miles", generation, "p" * 22, DtlsRole.SERVER)
        table.restarted(miles, miles.ice.restart(Credentials(generation, "p" * 22, "theirs", "q" * 22)))
    found = [table.with_ufrag(ufrag) for ufrag in ("miles-ufrag", "second", "third")]
    assert found == [None, miles, miles]
    table.remove(miles)
    table.handshake_ended()
    assert table.is_empty()


def test_a_departed_session_is_remembered_for_its_delete_and_the_oldest_forgotten() -> None:
    table = SessionTable()
    for number in range(MAX_DEPARTED + 1):
        gone = session(str(number))
        table.add(gone)
        table.depart(gone)
        table.remove(gone)
    with pytest.raises(UnknownSession):
        table.get_or_departed("0")
    assert table.get_or_departed("1").local.session_id == "1"
    assert table.take_departed("1") is not None
    assert table.take_departed("1") is None
    with pytest.raises(UnknownSession):
        table.get_or_departed("1")


def test_viewers_in_handshakes_are_bounded_and_publishers_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.sessions.MAX_CONNECTING", 2)
    table = SessionTable()
    table.add(session("one"))
    table.add(session("two"))
    with pytest.raises(TooManySessions):
        table.add(session("three"))
    table.add(session("artist", publishing=True))
    assert table.of_client(HERE) == 3
    for _ in range(2):
        table.handshake_ended()
    table.add(session("three"))
