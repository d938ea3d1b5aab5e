"""TLS at the door."""

import ssl
from asyncio import sslproto
from pathlib import Path

from dispatch.kernel.errors import SetupError

READ_AT_ONCE_BYTES = 8 * 1024
"""asyncio gives every TLS connection a buffer of 256 KiB: for 10,000 devices 2.5 GB."""


class BadCertificate(SetupError):
    """The door's certificate or key cannot be read."""

    code = "bad-certificate"


def door_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or later; who comes back may resume its session by a ticket.

    Raises:
        BadCertificate: a file cannot be read, or the two do not belong together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise BadCertificate(f"cannot use {certificate} for the door: {error}") from error
    sslproto.SSLProtocol.max_size = READ_AT_ONCE_BYTES
    return context
