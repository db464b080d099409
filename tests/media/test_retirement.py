"""Letting go of a viewer's DTLS state, and what is left to say and to hear afterwards."""

import asyncio

from media.description import DtlsRole
from media.dtls import Certificate, DtlsConnection


class _Pair:
    """Two connections over an in-memory wire."""

    def __init__(self) -> None:
        certificate = Certificate.generateCertificate()
        self.closed = asyncio.Event()
        self.ours: DtlsConnection = DtlsConnection(
            certificate,
            DtlsRole.SERVER,
            (certificate.fingerprint,),
            lambda datagram: self.theirs.receive(datagram),
            self._unexpected,
        )
        self.theirs: DtlsConnection = DtlsConnection(
            certificate,
            DtlsRole.CLIENT,
            (certificate.fingerprint,),
            lambda datagram: self.ours.receive(datagram),
            self.closed.set,
        )
        self.told_of_an_end = False

    def _unexpected(self) -> None:
        self.told_of_an_end = True


async def test_a_retired_connection_is_closed_by_the_datagram_it_left() -> None:
    pair = _Pair()
    await asyncio.gather(pair.ours.connect(), pair.theirs.connect())
    tasks = len(asyncio.all_tasks())
    farewell = pair.ours.retire()
    assert not pair.closed.is_set()
    pair.theirs.receive(farewell)
    await asyncio.wait_for(pair.closed.wait(), 5)
    assert len(asyncio.all_tasks()) < tasks


async def test_retiring_is_no_end_of_the_session() -> None:
    pair = _Pair()
    await asyncio.gather(pair.ours.connect(), pair.theirs.connect())
    pair.ours.retire()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not pair.told_of_an_end
    await pair.theirs.close()
