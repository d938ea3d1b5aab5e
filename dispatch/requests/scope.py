"""Who may see and do what with requests and orders of which platform and unit; pure."""

from dispatch.access import Grant, Principal

AUTHORS = frozenset({"requester", "unit_admin", "unit_approver"})
DISPATCHERS = frozenset({"dispatcher", "city_dispatcher"})
READERS = (
    AUTHORS | DISPATCHERS | {"authority_reviewer", "fleet_manager", "accountant", "supervisor"}
)


def covers(grant: Grant, pool_id: int | None, unit_id: int | None) -> bool:
    """Whether something of a platform and a unit lies in a grant: its narrowest scope counts."""
    if grant.unit_id is not None:
        return grant.unit_id == unit_id
    if grant.pool_id is not None:
        return grant.pool_id == pool_id
    return grant.firm_id is None


def may(
    who: Principal, roles: frozenset[str], *, pool_id: int | None, unit_id: int | None = None
) -> bool:
    """Whether a grant of one of the roles covers a platform and unit."""
    return any(g.role in roles and covers(g, pool_id, unit_id) for g in who.grants)


def reach(who: Principal, roles: frozenset[str]) -> tuple[list[int], list[int]]:
    """(platforms, units) that grants of these roles cover; made for SQL's = ANY."""
    held = [g for g in who.grants if g.role in roles and g.firm_id is None]
    units = [int(g.unit_id) for g in held if g.unit_id is not None]
    pools = {int(g.pool_id) for g in held if g.unit_id is None and g.pool_id is not None}
    if any(g.unit_id is None and g.pool_id is None for g in held):
        pools = {int(pool_id) for pool_id in who.all_pools}
    return sorted(pools), units
