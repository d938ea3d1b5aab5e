"""Reading devices, their credentials and bindings; recording who was refused."""

from collections.abc import Sequence
from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DeviceId, VehicleId
from telemetry.devices.errors import NotRefused, UnknownDevice
from telemetry.devices.model import Bound, Credential, Device, Listed, RefusedDevice, RefusedPublish

SQL = statements(__file__)


async def find(conn: Conn, name: str) -> Device:
    """A device by its name.

    Raises:
        UnknownDevice: there is none.
    """
    row = await conn.fetchrow(SQL["find"], name)
    if row is None:
        raise UnknownDevice(f"no device {name!r}")
    return Device(**dict(row))


async def credential(conn: Conn, name: str) -> Credential | None:
    """What identifies a device; None where there is no such device."""
    row = await conn.fetchrow(SQL["credential"], name)
    return None if row is None else Credential(**dict(row))


async def credentials(conn: Conn, names: Sequence[str]) -> dict[str, Credential]:
    """The same for many names; unknown ones are absent."""
    rows = await conn.fetch(SQL["credentials"], names)
    return {row["name"]: Credential(**dict(row)) for row in rows}


async def forget_old_token(conn: Conn, who: Credential) -> None:
    """The device was seen with its new token: the one before is refused from now on."""
    await conn.execute(SQL["forget_old_token"], who.id, who.token_digest)


async def list_all(conn: Conn, at: datetime) -> list[Listed]:
    """All devices by name, each with its vehicle at a moment of product time."""
    return [Listed(**dict(row)) for row in await conn.fetch(SQL["list"], at)]


async def bound_at(conn: Conn, at: datetime) -> dict[DeviceId, VehicleId]:
    """Device to vehicle at a moment of product time."""
    rows = await conn.fetch(SQL["bound_at"], at)
    return {row["device_id"]: row["vehicle_id"] for row in rows}


async def history(conn: Conn, device_id: DeviceId) -> list[Bound]:
    """All bindings of a device, oldest first."""
    return [Bound(**dict(row)) for row in await conn.fetch(SQL["history"], device_id)]


async def refuse(conn: Conn, name: str, reason: str, address: str | None) -> None:
    """Record who was not let in: unknown, wrong-token or disabled."""
    said = name.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:64]
    await conn.execute(SQL["refuse"], said, reason, address)


async def refused(conn: Conn) -> list[RefusedDevice]:
    """Who was not let in, latest first."""
    return [RefusedDevice(**dict(row)) for row in await conn.fetch(SQL["refused"])]


async def ignore(conn: Conn, name: str, *, ignored: bool) -> None:
    """Put a refused name out of sight, or back; it is counted all the same.

    Raises:
        NotRefused: nobody of this name was refused.
    """
    if await conn.fetchval(SQL["ignore"], name, ignored) is None:
        raise NotRefused(f"nobody was refused as {name!r}")


async def refused_publishes(
    conn: Conn, before: int | None, at_most: int, pools: Sequence[int] | None
) -> list[RefusedPublish]:
    """Messages on topics that were not their device's, newest first.

    Args:
        conn: a connection.
        before: only those with a smaller id; None: from the newest on.
        at_most: how many.
        pools: platforms whose vehicles' devices are shown; None: all devices.
    """
    rows = await conn.fetch(SQL["refused_publishes"], before, at_most, pools)
    return [RefusedPublish(**dict(row)) for row in rows]
