"""The site's own certificate authority and the door's certificate, made at first start and renewed before they end.

Keys are EC P-256 in PKCS#8, files 0600 in `keys/`. Clients get `ca.pem` only, through the client kit. A site that has
a PKI of its own puts its files in place (`door.pem`, `door-key.pem`); they are then used as they are.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from usina.core.clock import utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from usina.core.clock import Clock

_CA_DAYS = 3650
_DOOR_DAYS = 397  # the longest that browsers and Apple's clients accept
_RENEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the certificate, its key and the authority lie."""

    certificate: Path  # the chain: door first
    key: Path
    authority: Path


def ensure_tls(folder: Path, names: Sequence[str], clock: Clock) -> TlsFiles:
    """Make what is missing or about to end in `folder`; `names` are host names and addresses for the certificate."""
    files = TlsFiles(folder / "door.pem", folder / "door-key.pem", folder / "ca.pem")
    ca_key_file = folder / "ca-key.pem"
    if files.certificate.exists() and files.key.exists() and not ca_key_file.exists():
        return files  # the site's own PKI
    if not (files.authority.exists() and ca_key_file.exists()):
        ca_key, ca = _make_authority(clock)
        _write(ca_key_file, _pem_key(ca_key), 0o600)
        _write(files.authority, ca.public_bytes(serialization.Encoding.PEM), 0o644)
        files.certificate.unlink(missing_ok=True)
    if _must_renew(files, names, clock):
        loaded = serialization.load_pem_private_key(ca_key_file.read_bytes(), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError("the site authority's key is not an EC key")
        ca = x509.load_pem_x509_certificate(files.authority.read_bytes())
        key, certificate = _make_certificate(names, ca, loaded, clock)
        _write(files.key, _pem_key(key), 0o600)
        _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return files


def _must_renew(files: TlsFiles, names: Sequence[str], clock: Clock) -> bool:
    if not (files.certificate.exists() and files.key.exists()):
        return True
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    if certificate.not_valid_after_utc - utc(clock.now()) < dt.timedelta(days=_RENEW_DAYS):
        return True
    present = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(_alternative_names(names)) - set(present) != set()


def _make_authority(clock: Clock) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Usina site authority")])
    now = utc(clock.now())
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key, now, _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _make_certificate(
    names: Sequence[str], ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, clock: Clock
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Usina front door")])
    certificate = (
        _builder(subject, ca.subject, key, utc(clock.now()), _DOOR_DAYS)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return key, certificate


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    # An hour back: the clocks of clients are not ours.
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _alternative_names(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Replace atomically, never readable by others in between."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
