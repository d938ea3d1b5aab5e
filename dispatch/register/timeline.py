"""Who had what when: one assignment from a moment on, which ends what was so before."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DriverId, PersonId, PoolId, UnitId, VehicleId
from dispatch.register.errors import AssignedOtherwise

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class Timeline:
    """One table of intervals; what names it in refusals."""

    what: str
    end: str
    begin: str

    async def assign(self, conn: Conn, owner: int, value: int, since: datetime) -> bool:
        """Say that from a moment on owner has value.

        The interval that holds at that moment ends there, and where a value has one
        owner at a time, so does the other owner's.

        Returns:
            False where it was so already.

        Raises:
            AssignedOtherwise: an interval that begins then or later says something else.
        """
        try:
            async with conn.transaction():
                await conn.execute(SQL[self.end], owner, value, since)
                return await conn.fetchval(SQL[self.begin], owner, value, since) is not None
        except asyncpg.ExclusionViolationError as error:
            raise AssignedOtherwise(self.what, owner, value, since) from error


PLATE = Timeline("plate", "end_plate", "begin_plate")
CARD = Timeline("fuel card", "end_card", "begin_card")
OBU = Timeline("obu", "end_obu", "begin_obu")
VEHICLE_POOL = Timeline("platform of vehicle", "end_vehicle_pool", "begin_vehicle_pool")
KEEPER = Timeline("keeper", "end_keeper", "begin_keeper")
DRIVER_POOL = Timeline("platform of driver", "end_driver_pool", "begin_driver_pool")
UNIT_POOL = Timeline("platform of unit", "end_unit_pool", "begin_unit_pool")
PERSON_UNIT = Timeline("unit of person", "end_person_unit", "begin_person_unit")


async def assign_plate(conn: Conn, vehicle: VehicleId, number: str, since: datetime) -> bool:
    """Give a vehicle a plate from a moment on; raises AssignedOtherwise."""
    plate = await conn.fetchval(SQL["plate"], number)
    return await PLATE.assign(conn, vehicle, plate, since)


async def assign_card(conn: Conn, vehicle: VehicleId, number: str, since: datetime) -> bool:
    """Give a vehicle a fuel card from a moment on; raises AssignedOtherwise."""
    card = await conn.fetchval(SQL["card"], number)
    return await CARD.assign(conn, vehicle, card, since)


async def assign_obu(conn: Conn, vehicle: VehicleId, number: str, since: datetime) -> bool:
    """Give a vehicle an OBU from a moment on; raises AssignedOtherwise."""
    obu = await conn.fetchval(SQL["obu"], number)
    return await OBU.assign(conn, vehicle, obu, since)


async def move_vehicle(conn: Conn, vehicle: VehicleId, pool: PoolId, since: datetime) -> bool:
    """Move a vehicle to a platform from a moment on; raises AssignedOtherwise."""
    return await VEHICLE_POOL.assign(conn, vehicle, pool, since)


async def assign_keeper(conn: Conn, vehicle: VehicleId, person: PersonId, since: datetime) -> bool:
    """Make a person a vehicle's keeper from a moment on; raises AssignedOtherwise."""
    return await KEEPER.assign(conn, vehicle, person, since)


async def move_driver(conn: Conn, driver: DriverId, pool: PoolId, since: datetime) -> bool:
    """Move a driver to a platform from a moment on; raises AssignedOtherwise."""
    return await DRIVER_POOL.assign(conn, driver, pool, since)


async def move_unit(conn: Conn, unit: UnitId, pool: PoolId, since: datetime) -> bool:
    """Move a unit to a platform from a moment on; raises AssignedOtherwise."""
    return await UNIT_POOL.assign(conn, unit, pool, since)


async def move_person(conn: Conn, person: PersonId, unit: UnitId, since: datetime) -> bool:
    """Move a person to a unit from a moment on; raises AssignedOtherwise."""
    return await PERSON_UNIT.assign(conn, person, unit, since)
