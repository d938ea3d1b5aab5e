"""Reading the register as it was at a moment."""

from collections.abc import Collection
from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DriverId, PersonId, PoolId, UnitId, VehicleId
from dispatch.register.model import Driver, Firm, Place, Pool, Unit, Vehicle

SQL = statements(__file__)


async def pools(conn: Conn) -> list[Pool]:
    """All platforms."""
    return [Pool(**dict(row)) for row in await conn.fetch(SQL["pools"])]


async def firms(conn: Conn) -> list[Firm]:
    """All rental firms."""
    return [Firm(**dict(row)) for row in await conn.fetch(SQL["firms"])]


async def places(conn: Conn) -> list[Place]:
    """All places."""
    return [Place(**dict(row)) for row in await conn.fetch(SQL["places"])]


async def units(conn: Conn, at: datetime) -> list[Unit]:
    """All units with their platforms at a moment."""
    return [Unit(**dict(row)) for row in await conn.fetch(SQL["units"], at)]


async def vehicles(conn: Conn, at: datetime, of: Collection[int] | None = None) -> list[Vehicle]:
    """Vehicles that belong to a platform at a moment and are not disposed of.

    Args:
        conn: any connection.
        at: product time.
        of: platforms; None: all.
    """
    rows = await conn.fetch(SQL["vehicles"], at, None if of is None else list(of))
    return [Vehicle(**dict(row)) for row in rows]


async def drivers(conn: Conn, at: datetime, of: Collection[int] | None = None) -> list[Driver]:
    """Drivers of platforms at a moment; of None: of all."""
    rows = await conn.fetch(SQL["drivers"], at, None if of is None else list(of))
    return [Driver(**dict(row)) for row in rows]


async def vehicle_by_plate(conn: Conn, number: str, at: datetime) -> VehicleId | None:
    """The vehicle that carried a plate at a moment."""
    found: VehicleId | None = await conn.fetchval(SQL["vehicle_by_plate"], number, at)
    return found


async def vehicle_by_card(conn: Conn, number: str, at: datetime) -> VehicleId | None:
    """The vehicle that a fuel card belonged to at a moment."""
    found: VehicleId | None = await conn.fetchval(SQL["vehicle_by_card"], number, at)
    return found


async def vehicle_by_obu(conn: Conn, number: str, at: datetime) -> VehicleId | None:
    """The vehicle that an OBU was in at a moment."""
    found: VehicleId | None = await conn.fetchval(SQL["vehicle_by_obu"], number, at)
    return found


async def plate_of_vehicle(conn: Conn, vehicle: VehicleId, at: datetime) -> str | None:
    """The plate of a vehicle at a moment."""
    found: str | None = await conn.fetchval(SQL["plate_of_vehicle"], vehicle, at)
    return found


async def pool_of_vehicle(conn: Conn, vehicle: VehicleId, at: datetime) -> PoolId | None:
    """The platform of a vehicle at a moment."""
    found: PoolId | None = await conn.fetchval(SQL["pool_of_vehicle"], vehicle, at)
    return found


async def pool_of_driver(conn: Conn, driver: DriverId, at: datetime) -> PoolId | None:
    """The platform of a driver at a moment."""
    found: PoolId | None = await conn.fetchval(SQL["pool_of_driver"], driver, at)
    return found


async def pool_of_unit(conn: Conn, unit: UnitId, at: datetime) -> PoolId | None:
    """The platform of a unit at a moment."""
    found: PoolId | None = await conn.fetchval(SQL["pool_of_unit"], unit, at)
    return found


async def unit_of_person(conn: Conn, person: PersonId, at: datetime) -> UnitId | None:
    """The unit of a person at a moment."""
    found: UnitId | None = await conn.fetchval(SQL["unit_of_person"], person, at)
    return found
