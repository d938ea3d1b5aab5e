"""The one product clock, shared by all processes through a database row.

Every time with a meaning is product time and comes from here; only process
leases and stored_at use the database's own clock.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dispatch.kernel.db import DATABASE_AWAY, TRY_AGAIN, Conn, Pool, statements
from dispatch.kernel.errors import Invalid, Refused

SQL = statements(__file__, "clock.sql")


class NotAScenario(Refused):
    """Only a scenario's clock can be stepped; real time is nobody's to set."""

    code = "not-a-scenario"


class ClockGoesForwardOnly(Invalid):
    """A step must not be negative, and must not end before now."""

    code = "clock-goes-forward-only"


@dataclass(frozen=True, slots=True)
class Reading:
    """The clock row as read at one moment of this process's monotonic clock."""

    scenario: bool
    product: datetime
    speed: float
    revision: int
    monotonic_s: float

    def at(self, monotonic_s: float) -> datetime:
        """Product time at a moment of the monotonic clock, seconds."""
        return self.product + timedelta(seconds=(monotonic_s - self.monotonic_s) * self.speed)


class ProductClock:
    """A process's view of the product clock; opened with the process, refreshed from the row."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @classmethod
    async def open(cls, pool: Pool) -> "ProductClock":
        """Read the row for the first time.

        Raises:
            LookupError: the row does not exist yet (see start_real, start_scenario).
        """
        async with pool.acquire() as conn:
            return cls(await read(conn))

    @property
    def scenario(self) -> bool:
        """Whether this database lives in simulated time."""
        return self._reading.scenario

    @property
    def speed(self) -> float:
        """Product seconds per wall second."""
        return self._reading.speed

    def now(self) -> datetime:
        """Product time, aware UTC."""
        return self._reading.at(time.monotonic())

    async def refresh(self, conn: Conn) -> None:
        """Read the row again; ingest does so before it calls anything future."""
        self._reading = await read(conn)

    async def follow(self, pool: Pool, every_s: float = 0.25) -> None:
        """Keep refreshing until cancelled; a database away or busy leaves the last reading."""
        while True:
            try:
                async with pool.acquire() as conn:
                    await self.refresh(conn)
            except (*DATABASE_AWAY, *TRY_AGAIN):
                pass
            await asyncio.sleep(every_s)


async def read(conn: Conn) -> Reading:
    """Read the clock row.

    Raises:
        LookupError: the row does not exist.
    """
    row = await conn.fetchrow(SQL["read_clock"])
    if row is None:
        raise LookupError("the product clock was never started")
    return Reading(
        scenario=row["scenario"],
        product=row["product"],
        speed=row["speed"],
        revision=row["revision"],
        monotonic_s=time.monotonic(),
    )


async def start_real(conn: Conn) -> None:
    """Start the clock at real time; nothing happens where one runs already."""
    await conn.execute(SQL["start_real"])


async def start_scenario(conn: Conn, at: datetime, speed: float) -> None:
    """Start a scenario at a product time; nothing happens where a clock runs already."""
    await conn.execute(SQL["start_scenario"], at.astimezone(UTC), speed)


async def step_to(conn: Conn, at: datetime) -> datetime:
    """Move a scenario's clock forward to a product time; its speed stays.

    Returns:
        Product time after the step.

    Raises:
        NotAScenario: the clock is real.
        ClockGoesForwardOnly: at lies in the past.
    """
    await _must_be_scenario(conn)
    stepped: datetime | None = await conn.fetchval(SQL["step_to"], at)
    if stepped is None:
        raise ClockGoesForwardOnly(f"{at.isoformat()} is before the product clock")
    return stepped


async def set_speed(conn: Conn, speed: float) -> None:
    """Change a scenario's speed, product seconds per wall second; 0 holds it still.

    Raises:
        NotAScenario: the clock is real.
        Invalid: the speed is negative or above 10,000.
    """
    await _must_be_scenario(conn)
    if not 0 <= speed <= 10_000:
        raise Invalid("speed must lie between 0 and 10,000")
    await conn.execute(SQL["set_speed"], speed)


async def _must_be_scenario(conn: Conn) -> None:
    if not await conn.fetchval(SQL["lock_clock"]):
        raise NotAScenario("this database lives in real time")
