"""What routers ask for: a transaction, a reading, the caller, product time; and the gate.

Every route names its policy among its dependencies (dependencies=[requires(...)],
[signed_in()] or [public()]); an application with a route that names none does not start.
Policies come first, so the caller is known before a transaction is opened.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header
from fastapi.params import Depends as Dependency
from starlette.requests import HTTPConnection

from dispatch import access
from dispatch.access import Principal, Role
from dispatch.kernel.db import Conn
from dispatch.kernel.errors import NotAllowed, NotSignedIn
from web.house import House, house
from web.origin import is_ours

Ours = Annotated[House, Depends(house)]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def transaction(ours: Ours) -> AsyncIterator[Conn]:
    """A transaction that commits before the answer leaves."""
    async with ours.pool.acquire() as conn, conn.transaction():
        yield conn


async def reading(ours: Ours) -> AsyncIterator[Conn]:
    """A read-only transaction: all its statements see one moment."""
    async with (
        ours.pool.acquire() as conn,
        conn.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield conn


async def autocommit(ours: Ours) -> AsyncIterator[Conn]:
    """A connection where each statement commits itself; for what must stay after a refusal."""
    async with ours.pool.acquire() as conn:
        yield conn


def now(ours: Ours) -> datetime:
    """Product time."""
    return ours.clock.now()


async def authenticate(connection: HTTPConnection) -> Principal | None:
    """Who calls, by bearer token or else by session cookie; None: nobody we know.

    An Authorization header wins, and then no cookie counts. A cookie needs our
    Origin on every write and on every socket.

    Raises:
        BadSecret: there is an Authorization header, and it is not valid.
        ForeignOrigin: a browser's write or socket comes from elsewhere.
    """
    ours = house(connection)
    given = connection.headers.get("authorization")
    if given is not None:
        scheme, _, secret = given.partition(" ")
        async with ours.pool.acquire() as conn:
            who = await access.of_token(conn, secret.strip(), ours.clock.now())
        if scheme.lower() != "bearer" or who is None:
            raise access.BadSecret
        return who
    secret = connection.cookies.get(ours.settings.cookie, "")
    if not secret:
        return None
    if connection.scope.get("method", "SOCKET") not in SAFE and not is_ours(
        connection.headers, ours.settings.origins, silent=False
    ):
        raise access.ForeignOrigin(connection.headers.get("origin"))
    async with ours.pool.acquire() as conn:
        return await access.of_session(conn, secret, ours.clock.now())


async def caller(connection: HTTPConnection) -> Principal:
    """Who calls.

    Raises:
        NotSignedIn: nobody we know.
    """
    who = await authenticate(connection)
    if who is None:
        raise NotSignedIn("sign in first")
    return who


Transaction = Annotated[Conn, Depends(transaction, scope="function")]
Reading = Annotated[Conn, Depends(reading, scope="function")]
Autocommit = Annotated[Conn, Depends(autocommit, scope="function")]
Caller = Annotated[Principal, Depends(caller)]
Now = Annotated[datetime, Depends(now)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=128)]


@dataclass(frozen=True, slots=True)
class Requires:
    """The policy of a route for people who hold one of the roles, or one of the scopes."""

    roles: frozenset[Role]
    scopes: frozenset[str] = frozenset()

    async def __call__(self, who: Caller) -> None:
        """Let the caller pass, or raise NotAllowed."""
        if not (who.holds(*self.roles) or who.scopes & self.scopes):
            raise NotAllowed("no grant of yours allows this")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The policy of a route for whoever is signed in; the route itself limits what it shows."""

    async def __call__(self, who: Caller) -> None:
        """Let any known caller pass."""


@dataclass(frozen=True, slots=True)
class Public:
    """The policy of a route for everyone: signing in, and whether we are alive."""

    async def __call__(self) -> None:
        """Let everyone pass."""


Policy = Requires | SignedIn | Public


def requires(*roles: Role | str, scopes: frozenset[str] = frozenset()) -> Dependency:
    """The route's policy: one of these roles, whatever its scope; the route checks the scope.

    A person's scope is who.may(role, pool_id=...), who.pools(role), who.units(role).
    """
    return Dependency(Requires(frozenset(Role(role) for role in roles), scopes))


def signed_in() -> Dependency:
    """The route's policy: whoever is signed in."""
    return Dependency(SignedIn())


def public() -> Dependency:
    """The route's policy: everyone."""
    return Dependency(Public())
