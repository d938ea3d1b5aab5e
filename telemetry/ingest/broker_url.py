"""Where an outside broker is, and how we prove who we are."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dispatch.kernel.errors import SetupError

PORTS = {"mqtt": 1883, "mqtts": 8883}


class BadBrokerUrl(SetupError):
    """Not of the form mqtt://user:password@host:port or mqtts://..."""

    code = "bad-broker-url"


class BadBrokerTls(SetupError):
    """A certificate or key for the broker cannot be read."""

    code = "bad-broker-tls"


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """A broker; tls is how its certificate is checked, None where it speaks in the clear."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: ssl.SSLContext | None


def parse(
    url: str,
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> BrokerUrl:
    """Read mqtt://user:password@host:port, or mqtts://...

    Args:
        url: as above; the port may be left out.
        ca: PEM of who signed the broker's certificate; None: whom this machine trusts.
        certificate: PEM of ours, where the broker asks for one.
        key: PEM of its key.

    Raises:
        BadBrokerUrl: it has another form.
        BadBrokerTls: a file cannot be read.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        # Not what Python says: where a password has a bare / in it, that quotes a part of it.
        raise BadBrokerUrl("no port in the broker's URL: write / : @ as %2F %3A %40") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadBrokerUrl("expected mqtt://user:password@host:port or mqtts://...")
    tls = _context(ca, certificate, key) if parts.scheme == "mqtts" else None
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password is not None else None
    return BrokerUrl(
        parts.hostname, port or PORTS[parts.scheme], username, password if username else None, tls
    )


def _context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise BadBrokerTls(f"cannot read the broker's certificates: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
