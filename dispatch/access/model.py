"""Roles, grants, and the principal whom the gate lets in or not."""

import enum
from dataclasses import dataclass, field

from dispatch.kernel.ids import DriverId, FirmId, PersonId, PoolId, UnitId


class Role(enum.StrEnum):
    """What a person can be granted; the scope of each grant is its own."""

    REQUESTER = "requester"
    UNIT_ADMIN = "unit_admin"
    UNIT_APPROVER = "unit_approver"
    AUTHORITY_REVIEWER = "authority_reviewer"
    DISPATCHER = "dispatcher"
    CITY_DISPATCHER = "city_dispatcher"
    DRIVER = "driver"
    FLEET_MANAGER = "fleet_manager"
    RENTAL_OPERATOR = "rental_operator"
    ACCOUNTANT = "accountant"
    SUPERVISOR = "supervisor"
    COMPETENT_ADMIN = "competent_admin"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"


CLOCK = "clock"
"""A token's scope that is no role: may step and speed a scenario's clock."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within one platform, one unit or one firm; none of them: the whole authority."""

    role: Role
    pool_id: PoolId | None = None
    unit_id: UnitId | None = None
    firm_id: FirmId | None = None

    @property
    def everywhere(self) -> bool:
        """Whether the grant holds for the whole authority."""
        return self.pool_id is None and self.unit_id is None and self.firm_id is None

    def covers(self, *, pool_id: int | None, unit_id: int | None, firm_id: int | None) -> bool:
        """Whether it holds for this platform, unit or firm; its narrowest scope counts."""
        if self.unit_id is not None:
            return self.unit_id == unit_id
        if self.firm_id is not None:
            return self.firm_id == firm_id
        return self.pool_id is None or self.pool_id == pool_id


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, with the grants that hold at this moment.

    Attributes:
        driver_id: set where the person is a driver and holds the role.
        all_pools: every platform there is; what a grant for the whole authority expands to.
        via: cookie (a browser, so writes need our Origin) or token (a program).
        scopes: a token's scopes; a browser has none, its grants are all.
    """

    person_id: PersonId
    name: str
    driver_id: DriverId | None
    grants: tuple[Grant, ...]
    all_pools: frozenset[PoolId]
    via: str
    scopes: frozenset[str] = field(default_factory=frozenset)

    def holds(self, *roles: Role | str) -> bool:
        """Whether any grant has one of the roles, whatever its scope."""
        return any(grant.role in roles for grant in self.grants)

    def may(
        self,
        *roles: Role | str,
        pool_id: int | None = None,
        unit_id: int | None = None,
        firm_id: int | None = None,
    ) -> bool:
        """Whether one of the roles is held for this platform, this unit or this firm.

        A grant for the whole authority covers each of them. Without any of the
        three, only such a grant counts: a narrower one never answers for all.
        """
        return any(
            grant.covers(pool_id=pool_id, unit_id=unit_id, firm_id=firm_id)
            for grant in self.grants
            if grant.role in roles
        )

    def pools(self, *roles: Role | str) -> frozenset[PoolId]:
        """The platforms for which one of the roles is held; empty where none is.

        Made for SQL's = ANY ($1): an empty set lets nothing through.
        """
        held = [grant for grant in self.grants if grant.role in roles]
        if any(grant.everywhere for grant in held):
            return self.all_pools
        return frozenset(
            g.pool_id
            for g in held
            if g.pool_id is not None and g.unit_id is None and g.firm_id is None
        )

    def units(self, *roles: Role | str) -> frozenset[UnitId]:
        """The units for which one of the roles is held by a grant for that unit."""
        return frozenset(
            grant.unit_id
            for grant in self.grants
            if grant.role in roles and grant.unit_id is not None
        )
