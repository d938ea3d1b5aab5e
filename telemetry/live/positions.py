"""The conflated tail: where every device is now, and what changed since the last look.

The markers move in the transaction that accepts fixes (telemetry.positions, accept_staged).
"""

from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DeviceId, VehicleId

SQL = statements(__file__)

FROM_THE_START = "1:1:"
"""The snapshot that has seen nothing: for the first call, and after every reconnect."""


@dataclass(frozen=True, slots=True)
class LivePosition:
    """The newest position of a device: 1e-7 degrees WGS-84, 0.1 km/h, degrees, 0.1 m."""

    device_id: DeviceId
    ts: datetime
    received_at: datetime
    lon: int
    lat: int
    speed_dkmh: int | None
    heading: int | None
    ignition: bool | None
    accuracy_dm: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a vehicle was last, degrees WGS-84."""

    at: datetime
    lon: float
    lat: float


async def last_seen(conn: Conn, at: datetime) -> dict[VehicleId, Seen]:
    """Where each vehicle that carries a terminal was last."""
    rows = await conn.fetch(SQL["last_seen"], at)
    return {row[0]: Seen(row[1], row[2] / 1e7, row[3] / 1e7) for row in rows}


async def tail(conn: Conn, snapshot: str) -> tuple[str, list[LivePosition]]:
    """Devices that moved since a snapshot, each once. Only on the primary.

    Args:
        conn: outside a transaction, or in one that reads committed.
        snapshot: what the last call returned, or FROM_THE_START.

    Returns:
        The snapshot for the next call, and the rows in no order.
    """
    rows = await conn.fetch(SQL["tail"], snapshot)
    moved = [LivePosition(*tuple(row)[1:]) for row in rows if row["device_id"] is not None]
    return rows[0]["snapshot"], moved
