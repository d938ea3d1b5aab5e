"""Whether a CONNECT is let in: manners, then the token, then the will, then the session."""

import asyncio
import hashlib
import secrets
from typing import Protocol

from dispatch.kernel.db import DATABASE_AWAY
from dispatch.kernel.log import get_logger
from telemetry.ingest.connection import Connection
from telemetry.ingest.gate import Gate, NotAdmitted
from telemetry.ingest.manners import fault_of
from telemetry.ingest.mqtt import encode
from telemetry.ingest.mqtt.packets import Connect
from telemetry.ingest.prefix import Prefix

log = get_logger("telemetry.ingest")

ADMIT_WITHIN_S = 10.0


class House(Protocol):
    """What admission needs of the door."""

    @property
    def is_closed_to_new(self) -> bool:
        """Whether nobody is let in just now, whoever it is."""

    def is_here(self, connection: Connection) -> bool:
        """Whether it has waited."""

    def refused_publish(self, connection: Connection, topic: str) -> None:
        """Record what a device may not publish."""

    def owner(self, connection: Connection) -> None:
        """Admitted: whoever was there with the same device and client goes."""


async def admit(gate: Gate, house: House, connection: Connection, connect: Connect) -> None:
    """Let a connection in, or say why not."""
    if house.is_closed_to_new:
        return connection.refuse(encode.SERVER_UNAVAILABLE)
    if refusal := fault_of(connect):
        return connection.refuse(refusal)
    try:
        await asyncio.sleep(gate.wait_s(connect.username or "", connection.address))
        async with asyncio.timeout(ADMIT_WITHIN_S):
            await _let_in(gate, house, connection, connect)
    except NotAdmitted as error:
        log.info("device refused", reason=str(error))
        connection.refuse(encode.BAD_CREDENTIALS)
    except DATABASE_AWAY as error:
        log.warning("nobody can be let in", error=type(error).__name__)
        connection.refuse(encode.SERVER_UNAVAILABLE)
    except Exception:  # around one message: what one peer said must not end the process
        log.exception("admission failed")
        connection.refuse(encode.SERVER_UNAVAILABLE)


async def _let_in(gate: Gate, house: House, connection: Connection, connect: Connect) -> None:
    name, token = connect.username or "", connect.password or b""
    held = await gate.identify(name, token, connection.address)
    connection.token_digest = hashlib.sha256(token).digest()
    connection.credential, connection.prefix = held, Prefix(held)
    if connect.will and not connection.prefix.topic(connect.will.topic.encode()):
        house.refused_publish(connection, connect.will.topic)
        return connection.refuse(encode.NOT_AUTHORIZED)
    assigned = "" if connect.client_id else secrets.token_hex(11)
    connection.client_id = connect.client_id or assigned
    connection.session_s = connect.session_s
    present = await gate.open_session(
        held.id, connection.client_id, clean=connect.clean, keep=connect.session_s != 0
    )
    if not house.is_here(connection):
        return None
    house.owner(connection)
    return connection.enter(session_present=present, assigned=assigned)
