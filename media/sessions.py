"""The sessions of this process: by id, by ICE user name fragment and by source address; how many each client has.

A table without I/O and without a clock. The plane opens and ends sessions; here they are entered, found and
forgotten, in every index at once.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator

from infra.client_address import counted_as

from .errors import TooManySessions, UnknownSession
from .ice import Address, AddressForgotten, AddressValidated, Credentials
from .session import Session

MAX_CONNECTING = 2000
"""Peers that may be in their handshakes at once; a further viewer is refused. Publishers have shown a key."""

MAX_DEPARTED = 64
"""Sessions remembered after their peer closed them, for a DELETE that is still on its way; the oldest is forgotten
first."""


class SessionTable:
    """`at_address` and `with_ufrag` are looked up for every datagram: they are the dictionaries' own methods."""

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}
        self._by_ufrag: dict[str, Session] = {}
        self._by_address: dict[Address, Session] = {}
        self._departed: OrderedDict[str, Session] = OrderedDict()
        self._per_client: Counter[str] = Counter()
        self._connecting = 0
        self.at_address = self._by_address.get
        """The session that has validated this address, or `None`."""
        self.with_ufrag = self._by_ufrag.get
        """The session that answers to this local user name fragment, or `None`."""

    def __iter__(self) -> Iterator[Session]:
        """Those of now: sessions may come and go meanwhile."""
        return iter(tuple(self._by_id.values()))

    def __contains__(self, session: Session) -> bool:
        return self._by_id.get(session.local.session_id) is session

    def is_empty(self) -> bool:
        """Whether nothing is left in any index, nor in a handshake. The departed are not counted."""
        return not (self._by_id or self._by_ufrag or self._by_address or self._per_client or self._connecting)

    def get(self, session_id: str) -> Session:
        """Raises `UnknownSession`."""
        session = self._by_id.get(session_id)
        if session is None:
            raise UnknownSession("no such session; it may have ended")
        return session

    def get_or_departed(self, session_id: str) -> Session:
        """Also one whose peer has just closed it. Raises `UnknownSession`."""
        return self._departed.get(session_id) or self.get(session_id)

    def take_departed(self, session_id: str) -> Session | None:
        """A session whose peer has just closed it, for the last time."""
        return self._departed.pop(session_id, None)

    def of_client(self, client_address: str) -> int:
        """How many sessions this client has; an IPv6 client is all of its /64."""
        return self._per_client[counted_as(client_address)]

    # Changes

    def add(self, session: Session) -> None:
        """Enter a session that begins its handshake. Raises `TooManySessions`."""
        if self._connecting >= MAX_CONNECTING and not session.role.publishing:
            raise TooManySessions("too many peers are connecting at this moment")
        self._connecting += 1
        self._by_id[session.local.session_id] = session
        self._by_ufrag[session.local.ice_ufrag] = session
        self._per_client[counted_as(session.client_address)] += 1

    def handshake_ended(self) -> None:
        """However it ended, and once for each session, whether it is still here or not."""
        self._connecting -= 1

    def restarted(self, session: Session, forgotten: list[Credentials]) -> None:
        """Its ICE has a new generation: `session.local` names it; those of `forgotten` are over."""
        for credentials in forgotten:
            self._by_ufrag.pop(credentials.local_ufrag, None)
        self._by_ufrag[session.local.ice_ufrag] = session

    def readdressed(self, session: Session, effect: AddressValidated | AddressForgotten) -> None:
        """What its ICE agent found out about an address. The latest session to validate an address has it."""
        match effect:
            case AddressValidated(address):
                self._by_address[address] = session
            case AddressForgotten(address):
                self._release(address, session)

    def depart(self, session: Session) -> None:
        """Its peer has closed it: remember it a little longer than the other indexes do."""
        while len(self._departed) >= MAX_DEPARTED:
            self._departed.popitem(last=False)
        self._departed[session.local.session_id] = session

    def remove(self, session: Session) -> bool:
        """Forget it in every index; `False` when that was done before."""
        if self._by_id.pop(session.local.session_id, None) is None:
            return False
        for credentials in session.ice.credentials:
            self._by_ufrag.pop(credentials.local_ufrag, None)
        for address in session.ice.addresses:
            self._release(address, session)
        client = counted_as(session.client_address)
        self._per_client[client] -= 1
        if self._per_client[client] <= 0:
            del self._per_client[client]
        return True

    def _release(self, address: Address, session: Session) -> None:
        if self._by_address.get(address) is session:
            del self._by_address[address]
