"""Signing in and out, who I am, tokens for programs."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from dispatch import access
from dispatch.access import Role
from dispatch.kernel.ids import PersonId
from web.api.deps import Autocommit, Caller, Now, Ours, Transaction, public, requires, signed_in
from web.house import House

router = APIRouter(prefix="/api/v1", tags=["access"])

Secret = Annotated[str, StringConstraints(min_length=20, max_length=128)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class RoleOut(BaseModel):
    """A role and where it holds; nothing set: the whole authority."""

    role: Role
    pool_id: int | None
    unit_id: int | None
    firm_id: int | None


class Me(BaseModel):
    """Who is signed in, and the product's time."""

    person_id: int
    name: str
    driver_id: int | None
    roles: list[RoleOut]
    scopes: list[str]
    scenario: bool
    now: AwareDatetime
    speed: float
    locale: str


class LinkIn(BaseModel):
    """The secret of a one-time link."""

    secret: Secret


class PasswordIn(BaseModel):
    """An account is the person's code."""

    account: Line
    password: Password


class SetupIn(BaseModel):
    """The first system administrator."""

    secret: Secret
    code: Line
    name: Line
    password: Password


class TokenIn(BaseModel):
    """A token for a program: roles of the caller, or fewer."""

    name: Line
    scopes: list[str]
    days: Annotated[int, Field(ge=1, le=400)]


class TokenOut(BaseModel):
    """Shown once."""

    token: str


class LinkOut(BaseModel):
    """Shown once: the page is /sign-in#SECRET."""

    secret: str


def _with_cookie(ours: House, secret: str) -> Response:
    """An empty answer that carries the session."""
    answer = Response(status_code=204)
    answer.set_cookie(
        ours.settings.cookie,
        secret,
        max_age=12 * 3600,
        path="/",
        secure=ours.settings.https,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/me", dependencies=[signed_in()])
async def me(who: Caller, ours: Ours) -> Me:
    """Who is signed in."""
    return Me(
        person_id=who.person_id,
        name=who.name,
        driver_id=who.driver_id,
        roles=[
            RoleOut(role=g.role, pool_id=g.pool_id, unit_id=g.unit_id, firm_id=g.firm_id)
            for g in who.grants
        ],
        scopes=sorted(who.scopes),
        scenario=ours.clock.scenario,
        now=ours.clock.now(),
        speed=ours.clock.speed,
        locale=ours.settings.locale,
    )


@router.post("/sign-in/link", status_code=204, dependencies=[public()])
async def sign_in_by_link(body: LinkIn, conn: Transaction, ours: Ours, now: Now) -> Response:
    """Use up a one-time link."""
    person_id = await access.use_link(conn, body.secret)
    secret = await access.open_session(conn, person_id)
    await _note(conn, now, person_id, "sign-in.link")
    return _with_cookie(ours, secret)


@router.post("/sign-in/password", status_code=204, dependencies=[public()])
async def sign_in_by_password(
    body: PasswordIn, conn: Autocommit, ours: Ours, now: Now, request: Request
) -> Response:
    """Sign in with account and password."""
    person_id = await access.sign_in(
        conn,
        ours.passwords,
        account=body.account,
        password=body.password,
        address=request.client.host if request.client else "",
    )
    async with conn.transaction():
        secret = await access.open_session(conn, person_id)
        await _note(conn, now, person_id, "sign-in.password")
    return _with_cookie(ours, secret)


@router.post("/sign-out", status_code=204, dependencies=[signed_in()])
async def sign_out(request: Request, conn: Transaction, ours: Ours) -> Response:
    """End the session."""
    await access.end_session(conn, request.cookies.get(ours.settings.cookie, ""))
    answer = Response(status_code=204)
    answer.delete_cookie(
        ours.settings.cookie, path="/", secure=ours.settings.https, httponly=True, samesite="lax"
    )
    return answer


@router.post("/setup", status_code=204, dependencies=[public()])
async def set_up(body: SetupIn, conn: Transaction, ours: Ours, now: Now) -> Response:
    """Make the first system administrator, with the setup link of a new installation."""
    person_id = await access.set_up(
        conn,
        ours.passwords,
        secret=body.secret,
        code=body.code,
        name=body.name,
        password=body.password,
        at=now,
    )
    secret = await access.open_session(conn, person_id)
    await _note(conn, now, person_id, "setup")
    return _with_cookie(ours, secret)


@router.post("/tokens", status_code=201, dependencies=[signed_in()])
async def make_token(body: TokenIn, conn: Transaction, who: Caller, now: Now) -> TokenOut:
    """Make a token for a program; only a person at a browser can."""
    if who.via != "cookie":
        raise access.CookieOnly
    token = await access.make_token(
        conn, who, name=body.name, scopes=body.scopes, valid_for=timedelta(days=body.days)
    )
    await _note(conn, now, who.person_id, "token.made")
    return TokenOut(token=token)


@router.delete("/tokens/{token_id}", status_code=204, dependencies=[signed_in()])
async def revoke_token(token_id: int, conn: Transaction, who: Caller, now: Now) -> None:
    """Revoke a token."""
    await access.revoke_token(conn, who, token_id)
    await _note(conn, now, who.person_id, "token.revoked")


@router.post("/people/{person_id}/sign-in-link", dependencies=[requires(Role.SYSTEM_ADMIN)])
async def issue_link(person_id: int, conn: Transaction, who: Caller, now: Now) -> LinkOut:
    """Issue a one-time link to a person, who has no password yet or lost it."""
    await access.person(conn, PersonId(person_id), now, via="cookie")
    secret = await access.make_link(conn, PersonId(person_id))
    await access.append(
        conn, at=now, actor=f"person:{who.person_id}", action="link.issued",
        object=f"person:{person_id}", detail={},
    )  # fmt: skip
    return LinkOut(secret=secret)


async def _note(conn: Transaction, now: Now, person_id: PersonId, action: str) -> None:
    mine = f"person:{person_id}"
    await access.append(conn, at=now, actor=mine, action=action, object=mine, detail={})
