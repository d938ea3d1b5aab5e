"""Rules as people set them: for the authority, a platform or a vehicle, from a time on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

from dispatch import access
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import PoolId, VehicleId
from telemetry.alarms.layout import RULES
from telemetry.alarms.model import Rule
from telemetry.alarms.store import word
from telemetry.alarms.thresholds import DEFAULTS, InvalidSetting, bounds, checked, laid_over
from telemetry.alarms.timeline import Word, judged

SQL: Final = statements(__file__, "rules.sql")
_RANKS: Final = ("authority", "platform", "vehicle")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rules: of a platform, of a vehicle, or, with neither, of the authority."""

    pool_id: PoolId | None = None
    vehicle_id: VehicleId | None = None

    def __post_init__(self) -> None:
        if self.pool_id is not None and self.vehicle_id is not None:
            raise InvalidSetting("a platform's rules or a vehicle's, not both")

    @property
    def object(self) -> str:
        """As the audit names it."""
        if self.vehicle_id is not None:
            return f"vehicle:{self.vehicle_id}"
        return "authority" if self.pool_id is None else f"pool:{self.pool_id}"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a scope says about a rule; None and parameters that are left out: nothing."""

    enabled: bool | None = None
    shadow: bool | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule at one time, all layers applied.

    bounds: the least and greatest value of each parameter. said_by: for each of them, and for
    enabled and shadow, default, authority, platform or vehicle.
    """

    rule: Rule
    enabled: bool
    shadow: bool
    parameters: dict[str, int]
    defaults: dict[str, int]
    bounds: dict[str, tuple[int, int]]
    said_by: dict[str, str]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What one scope says over [since, until); until None: for good."""

    enabled: bool | None
    shadow: bool | None
    parameters: dict[str, int]
    since: datetime
    until: datetime | None


async def rules(conn: Conn, scope: Scope, at: datetime) -> list[RuleLine]:
    """All rules as they are in force for a scope."""
    rows = await conn.fetch(SQL["words"], scope.pool_id, scope.vehicle_id, at)
    words = sorted((word(r) for r in rows), key=lambda w: w.rank)
    whole = judged(words)
    return [
        _line(rule, whole[rule].enabled, asdict(whole[rule].thresholds), words) for rule in RULES
    ]


def _line(rule: Rule, enabled: bool, values: dict[str, int], words: list[Word]) -> RuleLine:
    said_by = dict.fromkeys(("enabled", "shadow", *values), "default")
    shadow = False
    for one in (w for w in words if w.rule is rule):
        said = [name for name in one.parameters if name in values]
        said += ["enabled"] * (one.enabled is not None) + ["shadow"] * (one.shadow is not None)
        said_by |= dict.fromkeys(said, _RANKS[one.rank])
        shadow = shadow if one.shadow is None else one.shadow
    return RuleLine(rule, enabled, shadow, values, asdict(DEFAULTS[rule]), bounds(rule), said_by)


async def rule_history(conn: Conn, scope: Scope, rule: Rule) -> list[RuleChange]:
    """What this scope itself says about a rule, oldest first."""
    rows = await conn.fetch(SQL["own"], int(rule), scope.pool_id, scope.vehicle_id)
    return [RuleChange(**dict(r)) for r in rows]


async def set_rule(
    conn: Conn,
    scope: Scope,
    rule: Rule,
    setting: Setting,
    *,
    since: datetime,
    until: datetime | None = None,
    at: datetime,
    by: str,
) -> None:
    """Replace what a scope says about a rule over [since, until), in the caller's transaction.

    The vehicles concerned are judged anew over that time. A case keeps the shadow it was opened in.

    Args:
        conn: in a transaction.
        scope: whose word it is.
        rule: about which.
        setting: all that it says; what it said before over that time is forgotten.
        since: from when on, also in the past.
        until: up to when; None: for good.
        at: product time.
        by: pseudonymous, such as person:17.

    Raises:
        InvalidSetting: a parameter is unknown or out of bounds, or the period is empty.
    """
    if until is not None and until <= since:
        raise InvalidSetting("the period must end after it begins")
    parameters = checked(rule, setting.parameters)
    line = next(one for one in await rules(conn, scope, since) if one.rule is rule)
    laid_over(rule, type(DEFAULTS[rule])(**line.parameters), parameters)
    key = (int(rule), scope.pool_id, scope.vehicle_id)
    for r in await conn.fetch(SQL["take_out"], *key, since, until):
        said = (r["enabled"], r["shadow"], r["parameters"])
        if r["since"] < since:
            await conn.execute(SQL["put"], *key, *said, r["since"], since)
        if until is not None and (r["until"] is None or r["until"] > until):
            await conn.execute(SQL["put"], *key, *said, until, r["until"])
    said = (setting.enabled, setting.shadow, parameters)
    await conn.execute(SQL["put"], *key, *said, since, until)
    await conn.execute(SQL["changed"])
    await conn.execute(SQL["mark"], scope.pool_id, scope.vehicle_id, since, until)
    detail: dict[str, Json] = {
        "rule": rule.code,
        "enabled": setting.enabled,
        "shadow": setting.shadow,
        "parameters": dict(parameters),
        "since": since.isoformat(),
        "until": None if until is None else until.isoformat(),
    }
    await access.append(
        conn, at=at, actor=by, action="alarm.set-rule", object=scope.object, detail=detail,
        pool_id=scope.pool_id,
    )  # fmt: skip
