"""DTLS: two connections over an in-memory wire."""

import asyncio
import datetime
from collections.abc import Callable

import pytest
from aiortc import rtcdtlstransport as aiortc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from media import dtls, rtp
from media.description import DtlsRole, Fingerprint
from media.dtls import Certificate, DtlsConnection, SrtpPair
from media.errors import DtlsFailed

OTHER = {DtlsRole.CLIENT: DtlsRole.SERVER, DtlsRole.SERVER: DtlsRole.CLIENT}
both_roles = pytest.mark.parametrize("role", list(DtlsRole))
_NOBODY = Fingerprint("sha-256", ":".join(["00"] * 32))


def certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return Certificate(key, built)  # type: ignore[arg-type]  # aiortc only means EC keys


class Line:
    """Our end and a peer's, joined by a wire that may lose or reorder datagrams."""

    def __init__(
        self,
        role: DtlsRole,
        *,
        peer: Certificate | None = None,
        expected: tuple[Fingerprint, ...] | None = None,
        lose: Callable[[int], bool] = lambda number: False,
    ) -> None:
        self.ours = Certificate.generateCertificate()
        self.theirs = peer or Certificate.generateCertificate()
        self.ours_closed = self.theirs_closed = 0
        self._sent = 0
        self._lose = lose
        fingerprints = (self.theirs.fingerprint,) if expected is None else expected
        self.here = DtlsConnection(self.ours, role, fingerprints, self._to_there, self._here_closed)
        self.there = DtlsConnection(
            self.theirs, OTHER[role], (self.ours.fingerprint,), self._to_here, self._there_closed
        )

    def _lost(self) -> bool:
        self._sent += 1
        return self._lose(self._sent)

    def _to_there(self, datagram: bytes) -> None:
        if not self._lost():
            self.there.receive(datagram)

    def _to_here(self, datagram: bytes) -> None:
        if not self._lost():
            self.here.receive(datagram)

    def _here_closed(self) -> None:
        self.ours_closed += 1

    def _there_closed(self) -> None:
        self.theirs_closed += 1

    async def connect(self) -> tuple[SrtpPair, SrtpPair]:
        """Both ends' keys. Raises what our end raises."""
        there = asyncio.ensure_future(self.there.connect())
        try:
            return await self.here.connect(), await there
        except DtlsFailed:
            there.cancel()
            await asyncio.gather(there, return_exceptions=True)
            raise

    async def close(self) -> None:
        await self.here.close()
        await self.there.close()


def assert_keys_fit(here: SrtpPair, there: SrtpPair) -> None:
    packet = rtp.header(111, False, 1, 2, 3) + b"sound"
    for sender, receiver in ((here, there), (there, here)):
        protected = sender.outbound.protect(packet)
        assert len(protected) == len(packet) + sender.outbound.tag_bytes
        assert receiver.inbound.unprotect(protected) == packet


@both_roles
async def test_both_roles_lead_to_keys_that_fit(role: DtlsRole) -> None:
    line = Line(role)
    here, there = await line.connect()
    assert here.profile == there.profile == "SRTP_AEAD_AES_128_GCM"
    assert_keys_fit(here, there)
    await line.close()


@both_roles
@pytest.mark.parametrize("lost", [1, 2, 3, 4])
async def test_a_lost_datagram_is_made_up_for(role: DtlsRole, lost: int) -> None:
    """OpenSSL's own timer of a second runs here; it cannot be given a clock."""
    line = Line(role, lose=lambda number: number == lost)
    assert_keys_fit(*await line.connect())
    await line.close()


@both_roles
async def test_a_handshake_in_which_everything_is_doubled_succeeds(role: DtlsRole) -> None:
    line = Line(role)
    single = line.there.receive

    def twice(datagram: bytes) -> None:
        single(datagram)
        single(datagram)

    line.there.receive = twice  # type: ignore[method-assign]
    assert_keys_fit(*await line.connect())
    await line.close()


@both_roles
@pytest.mark.parametrize(
    "profile",
    [aiortc.SRTP_AEAD_AES_256_GCM, aiortc.SRTP_AEAD_AES_128_GCM, aiortc.SRTP_AES128_CM_SHA1_80],
    ids=lambda profile: profile.openssl_profile.decode(),
)
async def test_a_peer_may_know_one_protection_profile_only(
    role: DtlsRole, profile: aiortc.SRTPProtectionProfile
) -> None:
    line = Line(role)
    line.there._transport._srtp_profiles = [profile]
    here, there = await line.connect()
    assert here.profile == profile.openssl_profile.decode()
    assert_keys_fit(here, there)
    await line.close()


@both_roles
@pytest.mark.parametrize("cipher", [b"CHACHA20-POLY1305", b"AES256-GCM-SHA384", b"AES128-SHA", b"AES256-SHA"])
async def test_a_peer_may_know_one_cipher_only(role: DtlsRole, cipher: bytes) -> None:
    peer = Certificate.generateCertificate()
    peer._create_ssl_context(dtls._PROFILES).set_cipher_list(b"ECDHE-ECDSA-" + cipher)
    line = Line(role, peer=peer)
    assert_keys_fit(*await line.connect())
    await line.close()


@both_roles
async def test_a_peer_with_an_rsa_certificate_is_accepted(role: DtlsRole) -> None:
    line = Line(role, peer=certificate(rsa.generate_private_key(65_537, 2048)))
    assert_keys_fit(*await line.connect())
    await line.close()


@both_roles
async def test_a_peer_with_a_p384_certificate_is_accepted(role: DtlsRole) -> None:
    line = Line(role, peer=certificate(ec.generate_private_key(ec.SECP384R1())))
    assert_keys_fit(*await line.connect())
    await line.close()


async def test_a_peer_with_a_p224_certificate_is_told_what_to_use() -> None:
    line = Line(DtlsRole.SERVER, peer=certificate(ec.generate_private_key(ec.SECP224R1())))
    with pytest.raises(DtlsFailed, match=r"wrong curve.*P-256"):
        await line.connect()
    await line.close()


@both_roles
async def test_the_reason_of_a_refused_handshake_is_given(role: DtlsRole) -> None:
    peer = Certificate.generateCertificate()
    peer._create_ssl_context(dtls._PROFILES).set_cipher_list(b"ECDHE-RSA-AES128-GCM-SHA256")
    line = Line(role, peer=peer)
    with pytest.raises(DtlsFailed, match="no shared cipher|handshake failure"):
        await line.connect()
    await line.close()


@both_roles
@pytest.mark.parametrize(
    "expected",
    [(_NOBODY,), (Fingerprint("md5", "00"),), ()],
    ids=["another", "unknown algorithm", "none"],
)
async def test_a_certificate_the_offer_did_not_announce_is_refused(
    role: DtlsRole, expected: tuple[Fingerprint, ...]
) -> None:
    line = Line(role, expected=expected)
    with pytest.raises(DtlsFailed, match="fingerprint|certificate"):
        await line.connect()
    await line.close()


@both_roles
async def test_one_right_fingerprint_beside_a_wrong_one_is_refused(role: DtlsRole) -> None:
    peer = Certificate.generateCertificate()
    line = Line(role, peer=peer, expected=(peer.fingerprint, _NOBODY))
    with pytest.raises(DtlsFailed):
        await line.connect()
    await line.close()


@both_roles
async def test_a_fingerprint_is_compared_whatever_its_case_and_algorithm(role: DtlsRole) -> None:
    peer = Certificate.generateCertificate()
    expected = tuple(Fingerprint(f.algorithm.upper(), f.value.lower()) for f in peer.getFingerprints())
    line = Line(role, peer=peer, expected=expected)
    assert_keys_fit(*await line.connect())
    await line.close()


async def test_a_peer_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtls, "HANDSHAKE_TIMEOUT_S", 0.01)
    line = Line(DtlsRole.CLIENT, lose=lambda number: True)
    with pytest.raises(DtlsFailed, match="handshake"):
        await line.here.connect()
    await line.close()


async def test_rubbish_among_the_records_does_no_harm() -> None:
    line = Line(DtlsRole.SERVER)
    for rubbish in (b"\x16", b"\x16\xfe\xfd" + bytes(10), b"\x17" * 50, b"\x3f" + bytes(2000)):
        line.here.receive(rubbish)
    assert_keys_fit(*await line.connect())
    line.here.receive(b"\x17\xfe\xfd" + bytes(40))
    line.here.receive(b"\x15\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x09\x00\x02\x02\x28")  # forged alert
    await asyncio.sleep(0)
    assert line.ours_closed == 0
    await line.close()


async def test_records_that_wait_are_bounded() -> None:
    line = Line(DtlsRole.SERVER)
    for _ in range(1000):
        line.here.receive(b"\x16rubbish")
    assert line.here._wire.records.qsize() <= 32


@both_roles
async def test_the_peers_close_is_told_once(role: DtlsRole) -> None:
    line = Line(role)
    await line.connect()
    await line.there.close()
    for _ in range(5):
        await asyncio.sleep(0)
    assert line.ours_closed == 1
    await line.here.close()
    assert line.ours_closed == 1


async def test_closing_before_the_handshake_is_nothing_to_do() -> None:
    line = Line(DtlsRole.SERVER)
    await line.close()


def test_the_fingerprint_is_that_of_the_certificate() -> None:
    ours = Certificate.generateCertificate()
    digest = ours._cert.fingerprint(hashes.SHA256())
    assert ours.fingerprint == Fingerprint("sha-256", digest.hex(":").upper())
