"""The door's rounds: who is silent, who does not take its last words, who is admitted no longer."""

import asyncio
from collections.abc import Collection, Mapping

from dispatch.kernel.db import DATABASE_AWAY, TRY_AGAIN
from telemetry.ingest.connection import Connection
from telemetry.ingest.gate import Gate
from telemetry.ingest.mqtt import encode

SWEEP_EVERY_S = 1.0
RECHECK_EVERY_S = 5.0
FORGET_EVERY_S = 600.0
LINGER_S = 5.0
"""A peer that does not take its last words is cut off."""


async def go_round(
    gate: Gate,
    connections: Collection[Connection],
    owners: Mapping[tuple[int, str], Connection],
) -> None:
    """Until cancelled; connections are all sockets, owners those that were admitted."""
    loop = asyncio.get_running_loop()
    recheck_at = forget_at = loop.time()
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        now = loop.time()
        _sweep(connections, now)
        try:
            if now >= recheck_at:
                recheck_at = now + RECHECK_EVERY_S
                await _recheck(gate, owners)
            if now >= forget_at:
                forget_at = now + FORGET_EVERY_S
                await gate.still_here(list(owners))
                await gate.forget_sessions()
        except (*DATABASE_AWAY, *TRY_AGAIN):
            continue


def _sweep(connections: Collection[Connection], now: float) -> None:
    for connection in list(connections):
        if connection.closed_at is not None and now - connection.closed_at > LINGER_S:
            connection.abort()
        elif connection.is_overdue(now):
            connection.close(encode.KEEP_ALIVE_TIMEOUT)


async def _recheck(gate: Gate, owners: Mapping[tuple[int, str], Connection]) -> None:
    asked = [(one, one.credential) for one in owners.values() if one.credential is not None]
    if not asked:
        return
    admitted = await gate.still_admitted([held.name for _, held in asked])
    for connection, held in asked:
        if connection.token_digest not in admitted.get(held.name, ()):
            connection.close(encode.NOT_AUTHORIZED)
