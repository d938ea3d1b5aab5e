"""Who may come in: a device's name and token, and its MQTT session."""

import hashlib
import hmac
import time
from collections.abc import Collection, Sequence

from dispatch.kernel.db import Pool
from telemetry import devices
from telemetry.ingest import store
from telemetry.ingest.patience import Patience
from telemetry.ingest.together import Together

CACHED_S = 5.0
NOBODY = bytes(32)


class NotAdmitted(Exception):
    """The name or the token is wrong; the peer is not told which."""


class Gate:
    """Checks credentials against the database, and remembers them for a few seconds."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[str, tuple[float, devices.Credential]] = {}
        self._patience = Patience()
        self._credentials = Together(self._read)
        self._sessions = Together(self._open)

    def wait_s(self, name: str, address: str) -> float:
        """How long a token of this name must wait before it is looked at."""
        return self._patience.wait_s(name, address, time.monotonic())

    async def identify(self, name: str, token: bytes, address: str) -> devices.Credential:
        """The device that this name and token belong to.

        Raises:
            NotAdmitted: after it was recorded who knocked.
            DATABASE_AWAY: nobody knows.
        """
        read_at, held = self._known.get(name, (0.0, None))
        if held is None or time.monotonic() - read_at > CACHED_S or fault(held, token):
            held = await self._credentials.ask(name) if storable(name) else None
            reason = fault(held, token)
            if held is None or reason:
                await self._turn_away(name, reason, address)
                raise NotAdmitted(reason)
            self._known[name] = (time.monotonic(), held)
        self._patience.was_right(name, address)
        if held.old_token_digest is not None and opens(held.token_digest, token):
            async with self._pool.acquire() as conn:
                await devices.forget_old_token(conn, held)
            self._known.pop(name, None)
        return held

    async def _turn_away(self, name: str, reason: str, address: str) -> None:
        self._known.pop(name, None)
        self._patience.was_wrong(name, address, time.monotonic())
        async with self._pool.acquire() as conn:
            await devices.refuse(conn, name, reason, address)

    async def _read(self, names: Sequence[str]) -> dict[str, devices.Credential | None]:
        async with self._pool.acquire() as conn:
            found = await devices.credentials(conn, names)
        return {name: found.get(name) for name in names}

    async def open_session(
        self, device_id: int, client_id: str, *, clean: bool, keep: bool
    ) -> bool:
        """Whether a session was present; what is to be remembered is committed."""
        return await self._sessions.ask(store.Session(device_id, client_id, clean, keep))

    async def _open(self, asked: Sequence[store.Session]) -> dict[store.Session, bool]:
        async with self._pool.acquire() as conn:
            return await store.open_sessions(conn, asked)

    async def end_session(self, device_id: int, client_id: str, seconds: int) -> None:
        """The client has gone; its session lasts so much longer."""
        async with self._pool.acquire() as conn:
            await store.end_session(conn, device_id, client_id, seconds)

    async def still_admitted(self, names: Sequence[str]) -> dict[str, set[bytes]]:
        """Of each name the digests of the tokens that open now."""
        async with self._pool.acquire() as conn:
            now = await devices.credentials(conn, names)
        return {
            name: {one.token_digest, one.old_token_digest or one.token_digest}
            for name, one in now.items()
            if one.enabled
        }

    async def still_here(self, clients: Collection[tuple[int, str]]) -> None:
        """These are connected, so their sessions stay, however long ago they came."""
        async with self._pool.acquire() as conn:
            await store.still_here(conn, clients)

    async def forget_sessions(self) -> None:
        """Delete the sessions whose time is over."""
        async with self._pool.acquire() as conn:
            await store.forget_sessions(conn)


def fault(held: devices.Credential | None, token: bytes) -> str:
    """Why a token does not open: unknown, wrong-token or disabled; empty where it does."""
    matches = opens(NOBODY if held is None else held.token_digest, token)
    if held is None:
        return "unknown"
    if not matches and not (held.old_token_digest and opens(held.old_token_digest, token)):
        return "wrong-token"
    return "" if held.enabled else "disabled"


def opens(digest: bytes, token: bytes) -> bool:
    """Whether a token is the one of this digest."""
    return hmac.compare_digest(hashlib.sha256(token).digest(), digest)


def storable(name: str) -> bool:
    """Whether a name could be a device's at all."""
    return 0 < len(name) <= 64 and "\x00" not in name
