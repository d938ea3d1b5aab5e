"""What each platform wants judged: thresholds of alarms, from a stated time on."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from dispatch import register
from dispatch.access import Principal, Role
from dispatch.kernel.db import Conn
from dispatch.kernel.errors import NotAllowed
from dispatch.kernel.ids import PoolId, VehicleId
from telemetry import alarms
from web.api.deps import Caller, Now, Reading, Transaction, requires
from web.api.shapes import Page

router = APIRouter(prefix="/api/v1/alarm-rules", tags=["alarms"])

KEEPERS = (Role.FLEET_MANAGER, Role.COMPETENT_ADMIN)
READERS = (*KEEPERS, Role.DISPATCHER, Role.CITY_DISPATCHER, Role.SUPERVISOR)


class LineOut(BaseModel):
    """A rule as it is in force; said_by: default, authority, platform or vehicle, key by key."""

    rule: int
    enabled: bool
    shadow: bool
    parameters: dict[str, int]
    defaults: dict[str, int]
    bounds: dict[str, tuple[int, int]]
    said_by: dict[str, str]


class ChangeOut(BaseModel):
    """What one scope itself says over [since, until); null: nothing, until null: for good."""

    enabled: bool | None
    shadow: bool | None
    parameters: dict[str, int]
    since: AwareDatetime
    until: AwareDatetime | None


class SettingIn(BaseModel):
    """All that a scope says about a rule from a time on; what is left out it does not say."""

    pool_id: int | None = None
    vehicle_id: int | None = None
    enabled: bool | None = None
    shadow: bool | None = None
    parameters: dict[str, int] = {}
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@router.get("", dependencies=[requires(*READERS)])
async def rules(
    conn: Reading, who: Caller, now: Now, pool_id: int | None = None, vehicle_id: int | None = None
) -> Page[LineOut]:
    """All rules as they are in force now for a vehicle, a platform, or the authority."""
    scope = await _scope(conn, who, now, pool_id, vehicle_id, READERS)
    found = await alarms.rules(conn, scope, now)
    return Page(items=[LineOut.model_validate(one, from_attributes=True) for one in found])


@router.get("/{rule}/history", dependencies=[requires(*READERS)])
async def history(
    rule: alarms.Rule,
    conn: Reading,
    who: Caller,
    now: Now,
    pool_id: int | None = None,
    vehicle_id: int | None = None,
) -> Page[ChangeOut]:
    """What this scope itself said about a rule, oldest first."""
    scope = await _scope(conn, who, now, pool_id, vehicle_id, READERS)
    found = await alarms.rule_history(conn, scope, rule)
    return Page(items=[ChangeOut.model_validate(one, from_attributes=True) for one in found])


@router.put("/{rule}", status_code=204, dependencies=[requires(*KEEPERS)])
async def set_rule(
    rule: alarms.Rule, body: SettingIn, conn: Transaction, who: Caller, now: Now
) -> None:
    """Replace what a scope says about a rule; the vehicles concerned are judged anew."""
    scope = await _scope(conn, who, now, body.pool_id, body.vehicle_id, KEEPERS)
    setting = alarms.Setting(body.enabled, body.shadow, body.parameters)
    since = body.since or now
    mine = f"person:{who.person_id}"
    await alarms.set_rule(
        conn, scope, rule, setting, since=since, until=body.until, at=now, by=mine
    )


async def _scope(
    conn: Conn,
    who: Principal,
    now: Now,
    pool_id: int | None,
    vehicle_id: int | None,
    roles: tuple[Role, ...],
) -> alarms.Scope:
    """Whose rules; the authority's are read by all who read any, and kept by itself alone."""
    of = pool_id
    if vehicle_id is not None:
        of = await register.pool_of_vehicle(conn, VehicleId(vehicle_id), now)
    whole = of is None and vehicle_id is None
    if not (whole and roles is READERS) and not who.may(*roles, pool_id=of):
        raise NotAllowed("these rules are not yours")
    return alarms.Scope(
        None if pool_id is None else PoolId(pool_id),
        None if vehicle_id is None else VehicleId(vehicle_id),
    )
