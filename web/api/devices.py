"""Terminals and providers over HTTP: who they are, which vehicle they are on, who was refused."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dispatch import access, register
from dispatch.access import Principal, Role
from dispatch.kernel.db import Conn
from dispatch.kernel.errors import NotAllowed
from dispatch.kernel.ids import VehicleId
from telemetry import devices
from web.api.deps import Caller, Now, Reading, Transaction, requires
from web.api.shapes import Page

router = APIRouter(prefix="/api/v1", tags=["devices"])

KEEPERS = (Role.FLEET_MANAGER, Role.SYSTEM_ADMIN)


class DeviceOut(BaseModel):
    """A terminal or provider, and the vehicle the terminal is on now."""

    id: int
    name: str
    kind: devices.Kind
    enabled: bool
    vehicle_id: int | None


class RefusedOut(BaseModel):
    """Who knocked and was not let in; times are the database's."""

    name: str
    reason: str
    first_at: AwareDatetime
    last_at: AwareDatetime
    times: int
    address: str | None


class DeviceIn(BaseModel):
    """A new terminal or provider."""

    name: str
    kind: devices.Kind


class BindIn(BaseModel):
    """A terminal on a vehicle; from may lie in the past, and repairs history."""

    model_config = ConfigDict(populate_by_name=True)

    vehicle_id: int
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime | None = None


class TokenOut(BaseModel):
    """Shown once."""

    token: str


@router.get("/devices", dependencies=[requires(*KEEPERS, Role.SUPERVISOR)])
async def list_devices(conn: Reading, who: Caller, now: Now) -> Page[DeviceOut]:
    """Terminals of the caller's platforms; those on no vehicle, and providers, are everyone's."""
    visible = {
        v.id for v in await register.vehicles(conn, now, who.pools(*KEEPERS, Role.SUPERVISOR))
    }
    found = [
        DeviceOut.model_validate(device, from_attributes=True)
        for device in await devices.list_all(conn, now)
        if device.vehicle_id is None or device.vehicle_id in visible
    ]
    return Page(items=found)


@router.get("/devices/refused", dependencies=[requires(*KEEPERS, Role.SUPERVISOR)])
async def list_refused(conn: Reading) -> Page[RefusedOut]:
    """Who was not let in, for a person to approve by adding the device."""
    found = await devices.refused(conn)
    return Page(items=[RefusedOut.model_validate(r, from_attributes=True) for r in found])


@router.post("/devices", status_code=201, dependencies=[requires(*KEEPERS)])
async def add_device(body: DeviceIn, conn: Transaction, who: Caller, now: Now) -> TokenOut:
    """Add a terminal or a provider."""
    if body.kind == "provider":
        _must_keep_providers(who)
    _, token = await devices.create(conn, body.name, body.kind)
    await _note(conn, who, now, "device.added", body.name)
    return TokenOut(token=token)


@router.post("/devices/{name}/rotate", dependencies=[requires(*KEEPERS)])
async def rotate(name: str, conn: Transaction, who: Caller, now: Now) -> TokenOut:
    """Give a device a new token; the old one is refused from now on."""
    await _must_keep_device(conn, who, now, name)
    token = await devices.rotate(conn, name)
    await _note(conn, who, now, "device.rotated", name)
    return TokenOut(token=token)


@router.post("/devices/{name}/bind", status_code=204, dependencies=[requires(*KEEPERS)])
async def bind(name: str, body: BindIn, conn: Transaction, who: Caller, now: Now) -> None:
    """Put a terminal on a vehicle for a period; both vehicles' histories are understood anew."""
    vehicle_id = VehicleId(body.vehicle_id)
    await _must_keep_vehicle(conn, who, now, vehicle_id)
    if await register.pool_of_vehicle(conn, vehicle_id, body.since) is not None:
        await _must_keep_vehicle(conn, who, body.since, vehicle_id)  # history is who had it then
    await _must_keep_device(conn, who, now, name)
    await devices.bind(conn, name, vehicle_id, body.since, body.until)
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
