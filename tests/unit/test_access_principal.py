"""What a principal may do, by its grants alone: deny by default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.access import Grant, Principal, Role

POOLS = frozenset({1, 2, 3})


def who(*grants):
    return Principal(
        person_id=1, name="x", driver_id=None, grants=grants, all_pools=POOLS, via="cookie"
    )


CITY, COUNTY = Grant(Role.DISPATCHER), Grant(Role.DISPATCHER, pool_id=2)
OF_UNIT = Grant(Role.DISPATCHER, unit_id=7)
BOTH = Grant(Role.DISPATCHER, pool_id=2, unit_id=7)


@pytest.mark.parametrize(
    ("grant", "asked", "allowed"),
    [
        (CITY, {"pool_id": 2}, True),
        (CITY, {}, True),
        (COUNTY, {"pool_id": 2}, True),
        (COUNTY, {"pool_id": 1}, False),
        (COUNTY, {}, False),
        (COUNTY, {"unit_id": 2}, False),
        (OF_UNIT, {"unit_id": 7}, True),
        (OF_UNIT, {"unit_id": 8}, False),
        (OF_UNIT, {"pool_id": 7}, False),
        (BOTH, {"pool_id": 2}, False),
        (BOTH, {"pool_id": 2, "unit_id": 7}, True),
        (BOTH, {"pool_id": 2, "unit_id": 8}, False),
    ],
)
def test_the_narrowest_scope_of_a_grant_counts(grant, asked, allowed):
    assert who(grant).may("dispatcher", **asked) is allowed


def test_platforms_are_those_granted_and_all_of_them_for_the_authority():
    assert who(COUNTY, OF_UNIT, BOTH).pools("dispatcher") == {2}
    assert who(CITY).pools("dispatcher") == POOLS
    assert who(CITY).pools("supervisor") == frozenset()
    assert who(OF_UNIT).units("dispatcher") == {7}


grants = st.builds(
    Grant,
    st.sampled_from(Role),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 3),
)


@given(st.lists(grants, max_size=5), st.sampled_from(Role), st.integers(1, 3))
def test_pools_and_may_say_the_same(held, role, pool_id):
    principal = who(*held)
    assert (pool_id in principal.pools(role)) == principal.may(role, pool_id=pool_id)


@given(st.lists(grants, max_size=5), st.sampled_from(Role), st.integers(1, 3))
def test_another_role_never_helps(held, role, pool_id):
    others = [grant for grant in held if grant.role is not role]
    assert not who(*others).may(role, pool_id=pool_id)
    assert not who(*others).holds(role)
