"""Whose the names are that a broker hands over; remembered for a few seconds."""

import time
from collections.abc import Sequence

from dispatch.kernel.db import Pool
from telemetry import devices
from telemetry.ingest.intake import Received

CACHED_S = 5.0


class Names:
    """Devices by name, as the database knew them at most five seconds ago."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[str, devices.Credential | None] = {}
        self._read_at = time.monotonic()

    async def resolve(self, items: Sequence[Received]) -> None:
        """Give each item its device, or a refusal.

        Raises:
            DATABASE_AWAY: nobody knows; the items are as they were.
        """
        unresolved = [one for one in items if one.device_id is None and one.refusal is None]
        if not unresolved:
            return
        if time.monotonic() - self._read_at > CACHED_S:
            self._known.clear()
            self._read_at = time.monotonic()
        if strange := {one.device for one in unresolved} - self._known.keys():
            async with self._pool.acquire() as conn:
                found = await devices.credentials(conn, list(strange))
            self._known |= {name: found.get(name) for name in strange}
        for item in unresolved:
            attribute(item, self._known[item.device])


def attribute(item: Received, found: devices.Credential | None) -> None:
    """Give an item its device, or a refusal, by what is known of its name."""
    if found is None or not found.enabled:
        item.refusal = "unknown" if found is None else "disabled"
    elif item.topic.channel.is_providers != (found.kind == "provider"):
        item.refusal = "foreign-topic"
    else:
        item.device_id = found.id
