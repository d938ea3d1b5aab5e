"""How the cars are now, as far as it is known: what a plan begins with."""

from collections.abc import Iterable
from datetime import datetime

from dispatch.kernel.db import Conn
from dispatch.orders.carried import Known, homecomings
from dispatch.orders.model import Fleet, Held
from telemetry import fuel, live


async def known_now(conn: Conn, fleet: Fleet, held: Iterable[Held], now: datetime) -> Known:
    """The charge that electric cars told of within a day, and cars that must come home first."""
    electric = [car.id for car in fleet.cars if car.powertrain == "bev"]
    levels = await fuel.levels_at(conn, electric, now, "electricity")
    charge = {car: min(1000, max(0, level.value)) for car, level in levels.items()}
    seen = await live.last_seen(conn, now)
    return Known(charge, homecomings(fleet.cars, seen, held, now, fleet.known))
