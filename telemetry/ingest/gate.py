"""Who may come in: a device's name and token, and its MQTT session."""

import hashlib
import hmac
import time

from dispatch.kernel.db import Pool
from telemetry import devices
from telemetry.ingest import store

CACHED_S = 5.0
NOBODY = bytes(32)


class NotAdmitted(Exception):
    """The name or the token is wrong; the peer is not told which."""


class Gate:
    """Checks credentials against the database, and remembers them for a few seconds."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[str, tuple[float, devices.Credential]] = {}

    async def identify(self, name: str, token: bytes, address: str) -> devices.Credential:
        """The device that this name and token belong to.

        Raises:
            NotAdmitted: after it was recorded who knocked.
            DATABASE_AWAY: nobody knows.
        """
        read_at, held = self._known.get(name, (0.0, None))
        if held is not None and time.monotonic() - read_at < CACHED_S and not fault(held, token):
            return held
        async with self._pool.acquire() as conn:
            held = await devices.credential(conn, name) if storable(name) else None
            reason = fault(held, token)
            if held is None or reason:
                self._known.pop(name, None)
                await devices.refuse(conn, name, reason, address)
                raise NotAdmitted(reason)
        self._known[name] = (time.monotonic(), held)
        return held

    async def open_session(
        self, device_id: int, client_id: str, *, clean: bool, keep: bool
    ) -> bool:
        """Whether a session was present; what is to be remembered is committed."""
        async with self._pool.acquire() as conn:
            return await store.open_session(conn, device_id, client_id, clean=clean, keep=keep)

    async def end_session(self, device_id: int, client_id: str, seconds: int) -> None:
        """The client has gone; its session lasts so much longer."""
        async with self._pool.acquire() as conn:
            await store.end_session(conn, device_id, client_id, seconds)

    async def still_admitted(self, held: list[devices.Credential]) -> set[str]:
        """Names whose token is the same and which are still enabled."""
        async with self._pool.acquire() as conn:
            now = await devices.credentials(conn, [one.name for one in held])
        return {one.name for one in held if now.get(one.name) == one}

    async def forget_sessions(self) -> None:
        """Delete the sessions whose time is over."""
        async with self._pool.acquire() as conn:
            await store.forget_sessions(conn)


def fault(held: devices.Credential | None, token: bytes) -> str:
    """Why a token does not open: unknown, wrong-token or disabled; empty where it does."""
    digest = hashlib.sha256(token).digest()
    matches = hmac.compare_digest(digest, NOBODY if held is None else held.token_digest)
    if held is None:
        return "unknown"
    if not matches:
        return "wrong-token"
    return "" if held.enabled else "disabled"


def storable(name: str) -> bool:
    """Whether a name could be a device's at all."""
    return 0 < len(name) <= 64 and "\x00" not in name
