"""Up to when we listened: silence of ours is not blamed on a vehicle."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db import Conn
from telemetry.streams import END, to_us
from telemetry.understand.facts import Now
from telemetry.understand.store import SQL


@dataclass(frozen=True, slots=True)
class Watch:
    """What intake says of itself, microseconds of product time.

    listened: up to here; END where no intake ever said. excused: end of its last outage, or 0.
    """

    listened: int = END
    excused: int = 0

    def at(self, product: datetime) -> Now:
        """What silence means at a product time."""
        return Now(to_us(product), self.listened, self.excused)


async def read_watch(conn: Conn) -> Watch:
    """As intake said it last."""
    row = await conn.fetchrow(SQL["watch"])
    if row is None:
        return Watch()
    return Watch(to_us(row["listened"]), to_us(row["deaf_until"]) if row["deaf_until"] else 0)
