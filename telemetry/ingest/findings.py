"""What is asked of an outside broker, and what was found."""

import secrets
from dataclasses import dataclass

from telemetry.ingest.broker_url import BrokerUrl

QUIET_S = 1.0
"""A broker that says nothing for so long has nothing more to say."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One question; good None: it cannot be told from here."""

    what: str
    good: bool | None
    said: str


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked.

    Attributes:
        where: the broker, with the account of ingest.
        messages: so many are left waiting, to see how many come back.
        device: name and password of a device, to see whether it may speak for another one.
    """

    where: BrokerUrl
    messages: int = 5_000
    device: tuple[str, str] | None = None


def name(what: str) -> str:
    """A client or topic name that nobody else has."""
    return f"gongche-probe-{what}-{secrets.token_hex(4)}"
