"""One import over all rooms: register, grants, devices, fences, rules; one transaction."""

from datetime import datetime, timedelta
from typing import Final, get_args

from pydantic import BaseModel

from dispatch import access, register, requests
from dispatch.access import Grant, Role
from dispatch.kernel.clock import NotAScenario
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.errors import Invalid
from dispatch.kernel.ids import FirmId, PersonId, PoolId, UnitId, VehicleId
from dispatch.register import Document, GrantIn, Loaded, PersonIn
from telemetry import devices, geofences

SQL = statements(__file__, "imports.sql")

TOKEN_FOR = timedelta(days=400)
DEPOT = "depot"
FENCE_KINDS: Final[dict[str, geofences.Kind]] = {kind: kind for kind in get_args(geofences.Kind)}


class NewDevice(BaseModel):
    """A terminal or a provider that is new, and its token: shown once."""

    name: str
    kind: devices.Kind
    token: str


class NewToken(BaseModel):
    """A person of a scenario, and a token of its roles: shown once."""

    code: str
    token: str


class Count(BaseModel):
    """How many parts came, and how many of them were new."""

    sent: int
    new: int


class Imported(BaseModel):
    """What an import did; ids by kind and code are of all that the register holds now."""

    counts: dict[str, Count]
    devices: list[NewDevice]
    people: list[NewToken]
    ids: dict[str, dict[str, int]]
    unknown_years: list[int]


async def import_city(
    conn: Conn, document: Document, *, now: datetime, scenario: bool, actor: str
) -> Imported:
    """Take a document into all rooms, within the caller's transaction.

    Args:
        conn: in a transaction.
        document: see docs/register-import.md.
        now: product time.
        scenario: whether people may be given tokens.
        actor: for the audit.

    Raises:
        NotAScenario: a person asks for a token, and time is real.
        UnknownCode, AssignedOtherwise, Invalid: see each.
    """
    if not scenario and any(person.token for person in document.people):
        raise NotAScenario("only a scenario gives tokens to people; here they sign in themselves")
    loaded = await register.load(conn, document)
    since = document.since
    for person in document.people:
        await _grants(conn, loaded, person, since)
    await _fences(conn, loaded, document, now, actor)
    await _rules(conn, loaded, document)
    new = await _devices(conn, loaded, document)
    tokens = [
        await _token(conn, loaded, person, max(now, since))
        for person in document.people
        if person.token
    ]
    counts = {kind: Count(sent=n, new=loaded.new[kind]) for kind, n in loaded.sent.items()}
    await access.append(
        conn, at=now, actor=actor, action="register.imported", object="register",
        detail={kind: count.new for kind, count in counts.items()},
    )  # fmt: skip
    return Imported(
        counts=counts,
        devices=new,
        people=tokens,
        ids=loaded.ids,
        unknown_years=loaded.unknown_years,
    )


async def _grants(conn: Conn, loaded: Loaded, person: PersonIn, since: datetime) -> None:
    person_id = PersonId(loaded.find("people", person.code))
    for given in person.grants:
        await access.grant(conn, person_id, _grant(loaded, given), since)


def _grant(loaded: Loaded, given: GrantIn) -> Grant:
    if given.role not in list(Role):
        raise Invalid(f"no role {given.role!r}")
    return Grant(
        Role(given.role),
        None if given.pool is None else PoolId(loaded.find("pools", given.pool)),
        None if given.unit is None else UnitId(loaded.find("units", given.unit)),
        None if given.firm is None else FirmId(loaded.find("rental_firms", given.firm)),
    )


async def _token(conn: Conn, loaded: Loaded, person: PersonIn, at: datetime) -> NewToken:
    person_id = PersonId(loaded.find("people", person.code))
    who = await access.person(conn, person_id, at, via="cookie")
    token = await access.make_token(
        conn,
        who,
        name="register import",
        scopes={str(grant.role) for grant in who.grants},
        valid_for=TOKEN_FOR,
    )
    return NewToken(code=person.code, token=token)


async def _devices(conn: Conn, loaded: Loaded, document: Document) -> list[NewDevice]:
    """Create what is new and bind terminals; a binding that holds already is left alone."""
    known = {device.name: device for device in await devices.list_all(conn, document.since)}
    made: list[NewDevice] = []

    async def ensure(name: str, kind: devices.Kind) -> None:
        if name not in known and all(device.name != name for device in made):
            _, token = await devices.create(conn, name, kind)
            made.append(NewDevice(name=name, kind=kind, token=token))

    for name in document.providers:
        await ensure(name, "provider")
    for vehicle in document.vehicles:
        if vehicle.device is None:
            continue
        await ensure(vehicle.device, "terminal")
        vehicle_id = VehicleId(loaded.find("vehicles", vehicle.code))
        bound = known.get(vehicle.device)
        if bound is None or bound.vehicle_id != vehicle_id:
            await devices.bind(conn, vehicle.device, vehicle_id, document.since)
    return made


async def _fences(
    conn: Conn, loaded: Loaded, document: Document, now: datetime, actor: str
) -> None:
    circles = [
        (pool.code, f"{pool.name} 车场", DEPOT, pool.lon, pool.lat, pool.depot_radius_m)
        for pool in document.pools
        if pool.depot_radius_m is not None
    ]
    circles += [(f.pool, f.name, f.kind, f.lon, f.lat, f.radius_m) for f in document.fences]
    for pool, name, kind, lon, lat, radius_m in circles:
        pool_id = PoolId(loaded.find("pools", pool))
        if await conn.fetchval(SQL["same_fence"], pool_id, name, kind, lon, lat, radius_m):
            continue
        if kind not in FENCE_KINDS:
            raise Invalid(f"no kind of fence {kind!r}")
        draft = geofences.circle(pool_id, name, FENCE_KINDS[kind], lon, lat, radius_m)
        await geofences.put(conn, draft, since=document.since, at=now, by=actor)


async def _rules(conn: Conn, loaded: Loaded, document: Document) -> None:
    for rule in document.rules:
        try:
            requests.merged([rule.settings])
        except ValueError as error:
            raise Invalid(f"rule {rule.rule}: {error}") from error
        pool_id = None if rule.pool is None else loaded.find("pools", rule.pool)
        given = rule.rule, pool_id, rule.settings, document.since
        await conn.execute(SQL["end_rule"], *given)
        await conn.execute(SQL["begin_rule"], *given)
