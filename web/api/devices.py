"""Terminals and providers over HTTP: who they are, and which vehicle they are on."""

from datetime import datetime, timedelta

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from dispatch import access, register
from dispatch.access import Principal, Role
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.errors import NotAllowed
from dispatch.kernel.ids import VehicleId
from telemetry import devices
from web.api.deps import Caller, Now, Ours, Reading, Transaction, requires
from web.api.shapes import Page

router = APIRouter(prefix="/api/v1", tags=["devices"])
SQL = statements(__file__, "devices.sql")

KEEPERS = (Role.FLEET_MANAGER, Role.SYSTEM_ADMIN)


class DeviceOut(BaseModel):
    """A terminal or provider, the vehicle the terminal is on now, and when it was last heard.

    heard_at is product time; refused_at the database's: someone of this name was not let in then.
    """

    id: int
    name: str
    kind: devices.Kind
    enabled: bool
    vehicle_id: int | None
    bound_since: AwareDatetime | None
    heard_at: AwareDatetime | None
    position_at: AwareDatetime | None
    refused_reason: str | None
    refused_at: AwareDatetime | None


class BoundOut(BaseModel):
    """A terminal on a vehicle from since until until; null: still."""

    vehicle_id: int
    since: AwareDatetime
    until: AwareDatetime | None


class DeviceIn(BaseModel):
    """A new terminal or provider; a terminal may be put on a vehicle at once."""

    name: str
    kind: devices.Kind
    vehicle_id: int | None = None
    since: AwareDatetime | None = Field(None, alias="from")


class BindIn(BaseModel):
    """A terminal on a vehicle; from may lie in the past, and repairs history."""

    vehicle_id: int
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime | None = None


class UnbindIn(BaseModel):
    """A terminal leaves its vehicle at a moment, which may lie in the past."""

    since: AwareDatetime = Field(alias="from")


class RotateIn(BaseModel):
    """For how long the old token still opens, at most until the new one was seen; 0: not at all."""

    grace_hours: int = Field(0, ge=0, le=720)


class EnabledIn(BaseModel):
    """Whether a device is let in."""

    enabled: bool


class TokenOut(BaseModel):
    """Shown once, with where the device is to publish; no host: the one that serves the pages."""

    token: str
    mqtt_host: str
    mqtt_port: int | None


@router.get("/devices", dependencies=[requires(*KEEPERS, Role.SUPERVISOR)])
async def list_devices(conn: Reading, who: Caller, now: Now) -> Page[DeviceOut]:
    """Terminals of the caller's platforms; those on no vehicle, and providers, are everyone's."""
    rows = await conn.fetch(SQL["devices"], now, list(who.pools(*KEEPERS, Role.SUPERVISOR)))
    return Page(items=[DeviceOut(**dict(row)) for row in rows])


@router.get("/devices/{name}/bindings", dependencies=[requires(*KEEPERS)])
async def bindings(name: str, conn: Reading, who: Caller, now: Now) -> Page[BoundOut]:
    """Which vehicles a device was on, oldest first."""
    await _must_keep_device(conn, who, now, name)
    device = await devices.find(conn, name)
    found = await devices.history(conn, device.id)
    return Page(items=[BoundOut.model_validate(one, from_attributes=True) for one in found])


@router.post("/devices", status_code=201, dependencies=[requires(*KEEPERS)])
async def add_device(
    body: DeviceIn, conn: Transaction, who: Caller, now: Now, ours: Ours
) -> TokenOut:
    """Add a terminal or a provider; who was refused under this name is so approved."""
    if body.kind == "provider":
        _must_keep_providers(who)
    _, token = await devices.create(conn, body.name, body.kind)
    await _note(conn, who, now, "device.added", body.name)
    if body.vehicle_id is not None:
        await _put_on(conn, who, now, body.name, VehicleId(body.vehicle_id), body.since or now)
    return _shown(token, ours)


@router.post("/devices/{name}/rotate", dependencies=[requires(*KEEPERS)])
async def rotate(
    name: str,
    conn: Transaction,
    who: Caller,
    now: Now,
    ours: Ours,
    body: RotateIn | None = None,
) -> TokenOut:
    """Give a device a new token; the old one is refused at once, or after a time of grace."""
    await _must_keep_device(conn, who, now, name)
    grace = timedelta(hours=0 if body is None else body.grace_hours)
    token = await devices.rotate(conn, name, grace)
    await _note(conn, who, now, "device.rotated", name)
    return _shown(token, ours)


@router.post("/devices/{name}/enabled", status_code=204, dependencies=[requires(*KEEPERS)])
async def set_enabled(name: str, body: EnabledIn, conn: Transaction, who: Caller, now: Now) -> None:
    """Let a device in, or no longer."""
    await _must_keep_device(conn, who, now, name)
    await devices.set_enabled(conn, name, enabled=body.enabled)
    await _note(conn, who, now, "device.enabled" if body.enabled else "device.disabled", name)


@router.post("/devices/{name}/bind", status_code=204, dependencies=[requires(*KEEPERS)])
async def bind(name: str, body: BindIn, conn: Transaction, who: Caller, now: Now) -> None:
    """Put a terminal on a vehicle for a period; both vehicles' histories are understood anew."""
    await _must_keep_device(conn, who, now, name)
    await _put_on(conn, who, now, name, VehicleId(body.vehicle_id), body.since, body.until)


@router.post("/devices/{name}/unbind", status_code=204, dependencies=[requires(*KEEPERS)])
async def unbind(name: str, body: UnbindIn, conn: Transaction, who: Caller, now: Now) -> None:
    """Take a terminal off its vehicle from a moment on; its history is understood anew."""
    await _must_keep_device(conn, who, now, name)
    for bound in await devices.history(conn, (await devices.find(conn, name)).id):
        if bound.until is None or bound.until > body.since:
            await _must_keep_vehicle(conn, who, max(body.since, bound.since), bound.vehicle_id)
    await devices.unbind(conn, name, body.since)
    await _note(conn, who, now, "device.unbound", name)


def _shown(token: str, ours: Ours) -> TokenOut:
    where = ours.settings
    return TokenOut(token=token, mqtt_host=where.mqtt_host, mqtt_port=where.mqtt_port)


async def _put_on(
    conn: Conn,
    who: Principal,
    now: datetime,
    name: str,
    vehicle_id: VehicleId,
    since: datetime,
    until: datetime | None = None,
) -> None:
    """Bind, where the caller keeps the vehicle now and kept it then."""
    await _must_keep_vehicle(conn, who, now, vehicle_id)
    if await register.pool_of_vehicle(conn, vehicle_id, since) is not None:
        await _must_keep_vehicle(conn, who, since, vehicle_id)  # history is who had it then
    await devices.bind(conn, name, vehicle_id, since, until)
    await _note(conn, who, now, "device.bound", name)


async def _must_keep_device(conn: Conn, who: Principal, now: Now, name: str) -> None:
    """A fleet manager keeps what is, or ever was, on its own platforms' vehicles or on none."""
    device = await devices.find(conn, name)
    if device.kind == "provider":
        _must_keep_providers(who)
    for bound in await devices.history(conn, device.id):
        await _must_keep_vehicle(conn, who, now, bound.vehicle_id)


def _must_keep_providers(who: Principal) -> None:
    """A provider's token writes receipts of every platform's vehicles."""
    if not who.may(*KEEPERS):
        raise NotAllowed("a provider serves all platforms: only the authority keeps it")


async def _must_keep_vehicle(conn: Conn, who: Principal, now: Now, vehicle_id: VehicleId) -> None:
    pool_id = await register.pool_of_vehicle(conn, vehicle_id, now)
    if not who.may(*KEEPERS, pool_id=pool_id):
        raise NotAllowed("this vehicle is not of your platform")


async def _note(conn: Conn, who: Principal, now: Now, action: str, name: str) -> None:
    mine = f"person:{who.person_id}"
    await access.append(conn, at=now, actor=mine, action=action, object=f"device:{name}", detail={})
