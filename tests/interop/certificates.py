"""Self-signed certificates of the kinds that WebRTC peers use."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    certificate: Path
    private_key: Path


def make_key(kind: str) -> PrivateKey:
    """A key of kind "P-256" or "RSA"."""
    if kind == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def make_certificate(key: PrivateKey) -> x509.Certificate:
    """A certificate for `key`, signed by itself, as WebRTC peers use them."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    return builder.not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256())


def write_certificate(directory: Path, kind: str) -> CertificateFiles:
    """PEM files of a new certificate and its key."""
    key = make_key(kind)
    files = CertificateFiles(directory / f"{kind}.crt", directory / f"{kind}.key")
    files.certificate.write_bytes(make_certificate(key).public_bytes(serialization.Encoding.PEM))
    files.private_key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files
