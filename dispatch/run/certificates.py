"""A certificate for the door where nobody gave one: signed by a private authority of this install.

The authority is made once and stays; devices are given its certificate (`gongche devices ca`). The
door's own certificate is made anew when it ends soon or the door's names change.
"""

import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.run.datadir import private
from dispatch.run.embedded.place import make_folder

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

AUTHORITY_DAYS = 3_650
DOOR_DAYS = 365
RENEWED_BEFORE = timedelta(days=60)
SKEW = timedelta(days=1)
"""Devices whose clock is a little slow shall trust it too."""


@dataclass(frozen=True, slots=True)
class Files:
    """PEM files; the keys can be read by us alone."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and the key that it is for."""

    certificate: "x509.Certificate"
    key: "ec.EllipticCurvePrivateKey"


def door_files(data_dir: Path, host: str, now: datetime) -> Files:
    """The door's certificate, made if there is none or it will not do.

    Args:
        data_dir: of this install; the files are in its folder tls.
        host: the address the door listens on, which the certificate names beside this machine's.
        now: aware.
    """
    folder = data_dir / "tls"
    make_folder(folder, 0o700)
    authority = _authority(folder, now)
    files = Files(folder / "ca.pem", folder / "door.pem", folder / "door.key")
    names = _names(host)
    if not _will_do(files, names, authority, now):
        _write(_signed(names, authority, now), files.certificate, files.key)
    return files


def authority_pem(data_dir: Path, now: datetime) -> str:
    """The certificate of this install's authority, for devices to trust; made if there is none."""
    folder = data_dir / "tls"
    make_folder(folder, 0o700)
    _authority(folder, now)
    return (folder / "ca.pem").read_text(encoding="ascii")


def _authority(folder: Path, now: datetime) -> Pair:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    certificate, key = folder / "ca.pem", folder / "ca.key"
    if certificate.exists() and key.exists():
        held = load_pem_private_key(key.read_bytes(), None)
        assert isinstance(held, ec.EllipticCurvePrivateKey)
        return Pair(x509.load_pem_x509_certificate(certificate.read_bytes()), held)
    new = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Gongche devices, {socket.gethostname()}"[:64])
    built = (
        _builder(name, name, new, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
    )
    pair = Pair(built.sign(new, _sha256()), new)
    _write(pair, certificate, key)
    return pair


def _signed(names: set[str], authority: Pair, now: datetime) -> Pair:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.subject
    built = (
        _builder(_name("Gongche door"), issuer, key, now, DOOR_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(list(map(_general, sorted(names)))), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), False
        )
    )
    return Pair(built.sign(authority.key, _sha256()), key)


def _will_do(files: Files, names: set[str], authority: Pair, now: datetime) -> bool:
    from cryptography import x509

    if not files.certificate.exists() or not files.key.exists():
        return False
    held = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    said = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        {str(one.value) for one in said} == names
        and held.not_valid_after_utc - now > RENEWED_BEFORE
        and _is_signed_by(held, authority.certificate)
    )


def _is_signed_by(held: "x509.Certificate", authority: "x509.Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        held.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError):
        return False
    return True


def _names(host: str) -> set[str]:
    everywhere = {"0.0.0.0", "::", ""}
    return {"localhost", "127.0.0.1", socket.gethostname(), host} - everywhere


def _general(name: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: "x509.Name",
    issuer: "x509.Name",
    key: "ec.EllipticCurvePrivateKey",
    now: datetime,
    days: int,
) -> "x509.CertificateBuilder":
    from cryptography import x509

    begin = now.astimezone(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - SKEW)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _name(said: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, said)])


def _usage(*, signs: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _sha256() -> "hashes.SHA256":
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()


def _write(pair: Pair, certificate: Path, key: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    encoded = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private(key, encoded.decode("ascii"))
    private(certificate, pair.certificate.public_bytes(Encoding.PEM).decode("ascii"))
