"""What a person does to devices. Each runs in the caller's transaction."""

import hashlib
import secrets
from datetime import datetime, timedelta

import asyncpg

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DeviceId, VehicleId
from telemetry.devices.errors import (
    BadName,
    EmptyPeriod,
    NameTaken,
    NoSuchVehicle,
    NotATerminal,
    UnknownDevice,
)
from telemetry.devices.model import Device, Kind
from telemetry.devices.store import find
from telemetry.wire import BadTopic, Channel, Topic, parse_topic

SQL = statements(__file__)


def token_digest(token: str) -> bytes:
    """SHA-256 of a token; enough for 256 random bits, which nobody guesses."""
    return hashlib.sha256(token.encode()).digest()


async def create(conn: Conn, name: str, kind: Kind) -> tuple[Device, str]:
    """Create a device or a provider; it is no longer listed as refused.

    Returns:
        The device, and its token: shown once, only its digest is stored.

    Raises:
        BadName: the name cannot stand in a topic.
        NameTaken: the name exists.
    """
    try:
        parse_topic(str(Topic(name, Channel.FIX)))
    except BadTopic as error:
        raise BadName(f"{name!r} cannot be a device's name") from error
    token = secrets.token_urlsafe(32)
    row = await conn.fetchrow(SQL["create"], name, kind, token_digest(token))
    if row is None:
        raise NameTaken(f"{name!r} exists")
    await conn.execute(SQL["forget_refused"], name)
    return Device(**dict(row)), token


async def rotate(conn: Conn, name: str, grace: timedelta = timedelta(0)) -> str:
    """Give a device a new token.

    The old one opens the door for the time of grace, but no longer than until the device was
    seen with the new one; so a device that cannot be reached just now is not shut out. Replaced
    again meanwhile, it is still the token the device came with that opens.

    Args:
        conn: see this module.
        name: the device.
        grace: zero refuses the old token from now on, as it must be where it was stolen.

    Returns:
        The token: shown once.

    Raises:
        UnknownDevice: there is no such device.
    """
    token = secrets.token_urlsafe(32)
    if await conn.fetchval(SQL["rotate"], name, token_digest(token), grace.total_seconds()) is None:
        raise UnknownDevice(f"no device {name!r}")
    return token


async def set_enabled(conn: Conn, name: str, *, enabled: bool) -> None:
    """Let a device in, or no longer.

    Raises:
        UnknownDevice: there is no such device.
    """
    if await conn.fetchval(SQL["enable"], name, enabled) is None:
        raise UnknownDevice(f"no device {name!r}")


async def bind(
    conn: Conn,
    device_name: str,
    vehicle_id: VehicleId,
    since: datetime,
    until: datetime | None = None,
) -> DeviceId:
    """Put a terminal on a vehicle for a period, also one that lies in the past.

    What the terminal and the vehicle were bound to in that period is cut out: a binding that
    began before ends at since, one that goes on longer begins again at until. All vehicles
    that gain or lose a stretch are marked, and so folded again.

    Raises:
        UnknownDevice, NotATerminal, NoSuchVehicle, EmptyPeriod: see each.
    """
    device = await find(conn, device_name)
    if device.kind != "terminal":
        raise NotATerminal(f"{device_name!r} is a provider")
    if until is not None and until <= since:
        raise EmptyPeriod("a binding must end after it begins")
    async with conn.transaction():
        await conn.execute(SQL["one_at_a_time"])
        await conn.execute(SQL["cut"], device.id, vehicle_id, since, until)
        try:
            await conn.execute(SQL["bind"], device.id, vehicle_id, since, until)
        except asyncpg.ForeignKeyViolationError as error:
            raise NoSuchVehicle(f"no vehicle {vehicle_id}") from error
    return device.id


async def unbind(conn: Conn, device_name: str, since: datetime) -> DeviceId:
    """Take a terminal off its vehicle from a moment on, and mark the vehicle.

    Raises:
        UnknownDevice: there is no such device.
    """
    device = await find(conn, device_name)
    async with conn.transaction():
        await conn.execute(SQL["one_at_a_time"])
        await conn.execute(SQL["cut"], device.id, None, since, None)
    return device.id
