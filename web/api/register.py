"""The register over HTTP: who and what exists now, and the import that fills it."""

from typing import Annotated

from fastapi import APIRouter, Query

from dispatch import register
from dispatch.access import Principal, Role
from dispatch.kernel.errors import NotAllowed
from telemetry import devices
from web.api.deps import Caller, Now, Ours, Reading, Transaction, requires, signed_in
from web.api.shapes import (
    DriverOut,
    FirmOut,
    Page,
    PlaceOut,
    PoolOut,
    UnitOut,
    VehicleOut,
)
from web.imports import Imported, import_city

router = APIRouter(prefix="/api/v1", tags=["register"])

CREW = (Role.DISPATCHER, Role.CITY_DISPATCHER, Role.FLEET_MANAGER, Role.SUPERVISOR)
OFFICE = (*CREW, Role.ACCOUNTANT, Role.AUTHORITY_REVIEWER, Role.COMPETENT_ADMIN)
PoolFilter = Annotated[int | None, Query(description="one platform")]


@router.get("/pools", dependencies=[signed_in()])
async def pools(conn: Reading) -> Page[PoolOut]:
    """All platforms."""
    found = await register.pools(conn)
    return Page(items=[PoolOut.model_validate(p, from_attributes=True) for p in found])


@router.get("/rental-firms", dependencies=[signed_in()])
async def rental_firms(conn: Reading) -> Page[FirmOut]:
    """All rental firms."""
    found = await register.firms(conn)
    return Page(items=[FirmOut.model_validate(f, from_attributes=True) for f in found])


@router.get("/units", dependencies=[signed_in()])
async def units(conn: Reading, now: Now) -> Page[UnitOut]:
    """All units, each with its platform of now."""
    found = await register.units(conn, now)
    return Page(items=[UnitOut.model_validate(u, from_attributes=True) for u in found])


@router.get("/places", dependencies=[signed_in()])
async def places(conn: Reading) -> Page[PlaceOut]:
    """All places that trips go to."""
    found = await register.places(conn)
    return Page(items=[PlaceOut.model_validate(p, from_attributes=True) for p in found])


@router.get("/vehicles", dependencies=[requires(*OFFICE)], response_model_by_alias=True)
async def vehicles(
    conn: Reading, who: Caller, now: Now, pool_id: PoolFilter = None
) -> Page[VehicleOut]:
    """Vehicles of all platforms: shared capacity; what identifies one only to its own people."""
    found = await register.vehicles(conn, now, None if pool_id is None else [pool_id])
    own = who.pools(*OFFICE)
    terminals = {d.vehicle_id: d.name for d in await devices.list_all(conn, now) if d.vehicle_id}
    return Page(items=[_vehicle(v, terminals.get(v.id), own=v.pool_id in own) for v in found])


def _vehicle(vehicle: register.Vehicle, device: str | None, *, own: bool) -> VehicleOut:
    return VehicleOut(
        id=vehicle.id,
        code=vehicle.code,
        plate=vehicle.plate,
        model=vehicle.model,
        vehicle_class=vehicle.vehicle_class,
        category=vehicle.category,
        seats=vehicle.seats,
        powertrain=vehicle.powertrain,
        range_m=vehicle.range_m,
        first_registered=vehicle.first_registered,
        pool_id=vehicle.pool_id,
        home_lon=vehicle.home_lon,
        home_lat=vehicle.home_lat,
        insurance_until=vehicle.insurance_until,
        inspection_until=vehicle.inspection_until,
        own=own,
        fuel_card=vehicle.fuel_card if own else None,
        obu=vehicle.obu if own else None,
        device=device if own else None,
    )


@router.get("/drivers", dependencies=[requires(*CREW)])
async def drivers(
    conn: Reading, who: Caller, now: Now, pool_id: PoolFilter = None
) -> Page[DriverOut]:
    """Drivers of the caller's platforms."""
    own = who.pools(*CREW)
    wanted = own if pool_id is None else own & {pool_id}
    found = await register.drivers(conn, now, wanted)
    return Page(items=[DriverOut.model_validate(d, from_attributes=True) for d in found])


@router.post("/register/import", dependencies=[requires(Role.SYSTEM_ADMIN, Role.COMPETENT_ADMIN)])
async def import_register(
    document: register.Document, conn: Transaction, who: Caller, ours: Ours, now: Now
) -> Imported:
    """Fill the register from one document (docs/register-import.md)."""
    _must_keep_register(who, document)
    return await import_city(
        conn,
        document,
        now=now,
        scenario=ours.clock.scenario,
        actor=f"person:{who.person_id}",
    )


def _must_keep_register(who: Principal, document: register.Document) -> None:
    """A document reaches all platforms; who keeps the register does not give roles with it."""
    if not who.may(Role.SYSTEM_ADMIN, Role.COMPETENT_ADMIN):
        raise NotAllowed("the register is of all platforms: only the whole authority fills it")
    if any(p.grants or p.token for p in document.people) and not who.may(Role.SYSTEM_ADMIN):
        raise NotAllowed("only a system administrator gives roles and tokens")
