"""Money, licences and ways: known answers and laws, without a database."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import drivers, pools, tariffs
from dispatch.orders import costs
from dispatch.orders.legs import Fit, Trip, fit, from_home
from dispatch.orders.model import Held, Period
from dispatch.orders.travel import estimate, roads
from dispatch.requests import Place
from tests.orders_city import at

SEDAN = tariffs.class_tariff((), "sedan", 1)


@pytest.mark.parametrize(
    ("metres", "fen"), [(0, 0), (1_000, 180), (50_000, 9_000), (50_001, 9_000), (60_000, 10_600)]
)
def test_a_lent_sedan_costs_1_80_up_to_50_km_and_1_60_beyond(metres, fen):
    assert tariffs.kilometre_fee(SEDAN, metres) == fen


def test_a_platforms_own_price_beats_the_authoritys_which_beats_the_default():
    own = tariffs.Tariff("sedan", 2, 300, 300, 0)
    common = tariffs.Tariff("sedan", None, 200, 200, 0)
    assert tariffs.class_tariff((common, own), "sedan", 2) == own
    assert tariffs.class_tariff((own, common), "sedan", 1) == common
    with pytest.raises(LookupError):
        tariffs.class_tariff((), "tractor", 1)


@pytest.mark.parametrize(("cls", "enough"), [("sedan", "C1"), ("midibus", "B1"), ("coach", "A1")])
def test_a_licence_covers_its_class_and_the_lower_ones(cls, enough):
    needed = drivers.needed_licence(cls)
    covering = {held for held in drivers.LICENCES if drivers.suffices(held, needed)}
    assert covering == set(drivers.LICENCES[drivers.LICENCES.index(enough) :])


def car(**more):
    fields = dict.fromkeys(pools.Car.__dataclass_fields__)
    fields |= {
        "id": 1,
        "category": "OTHER",
        "vehicle_class": "sedan",
        "powertrain": "petrol",
        "seats": 5,
    }
    fields |= {"home_lon": 118.742, "home_lat": 30.933, "pool_id": 1}
    return pools.Car(**(fields | more))


def test_energy_is_by_the_cars_norm_else_its_classs():
    assert costs.fen_per_km(car(norm_ml_per_100km=10_000)) == 76 + costs.WEAR_FEN_PER_KM
    assert costs.fen_per_km(car()) == 59 + costs.WEAR_FEN_PER_KM
    electric = car(powertrain="bev", norm_wh_per_100km=15_000)
    assert costs.fen_per_km(electric) == 10 + costs.WEAR_FEN_PER_KM


TOWN = Place(1, "宣城", 118.7533, 30.9482, "341802")
FAR = Place(2, "宁国", 118.9784, 30.6290, "341881")
positions = st.tuples(st.floats(117, 120), st.floats(30, 32))


@given(positions, positions)
def test_ways_are_the_same_there_and_back_and_nothing_to_stay(a, b):
    here, there = Place(1, "", *a, None), Place(2, "", *b, None)
    assert estimate(here, there) == estimate(there, here)
    assert estimate(here, here) == (0, 0)
    seconds, metres = estimate(here, there)
    assert seconds >= metres / 28, "never faster than 100 km/h"


NET = roads([TOWN, FAR], [car()])
HOME, IN_TOWN, AWAY = (
    NET.row(118.742, 30.933), NET.row(TOWN.lon, TOWN.lat), NET.row(FAR.lon, FAR.lat),
)  # fmt: skip


def held(trip, period, *, status="assigned", driver=1):
    fields = dict.fromkeys(Held.__dataclass_fields__)
    fields |= {"kind": "trip", "status": status, "driver_id": driver, "period": period}
    fields |= {"depart_at": trip.depart_at, "return_at": trip.return_at}
    return Held(**(fields | {"origin": trip.origin, "destination": trip.destination}))


FIRST = Trip(at("08:30"), at("09:30"), IN_TOWN, AWAY, 1)
NEXT = Trip(at("10:00"), at("11:00"), AWAY, IN_TOWN, 1)


def test_a_trip_is_chained_with_the_same_driver_only_and_never_with_what_has_left():
    whole = from_home(FIRST, HOME, NET)
    found = fit(NEXT, HOME, NET, [held(FIRST, whole)])
    assert isinstance(found, Fit)
    [(leg, shifted)] = found.shifts
    assert leg.period.start == shifted.start
    assert shifted.end == found.period.start == at("09:50")
    for other in (held(FIRST, whole, driver=2), held(FIRST, whole, status="running")):
        assert fit(NEXT, HOME, NET, [other]) is other


def test_with_time_enough_a_car_goes_home_unless_told_to_wait():
    late = Trip(at("15:00"), at("16:00"), AWAY, IN_TOWN, 1)
    before = held(FIRST, from_home(FIRST, HOME, NET))
    assert fit(late, HOME, NET, [before]) == Fit(from_home(late, HOME, NET))
    waiting = fit(late, HOME, NET, [before], chain=True)
    assert waiting.period.start == at("14:50")
    assert waiting.shifts[0][1].end == at("14:50")


@given(st.integers(0, 20), st.integers(1, 5), st.integers(0, 20), st.integers(1, 5))
def test_what_fits_never_overlaps(a, a_hours, b, b_hours):
    def trip(quarter, hours, origin, end):
        start = at("06:00") + timedelta(minutes=30 * quarter)
        return Trip(start, start + timedelta(hours=hours), origin, end, 1)

    first, second = trip(a, a_hours, IN_TOWN, AWAY), trip(b, b_hours, AWAY, IN_TOWN)
    leg = held(first, from_home(first, HOME, NET))
    found = fit(second, HOME, NET, [leg])
    if isinstance(found, Fit):
        there = dict(found.shifts).get(leg, leg.period)
        assert not found.period.overlaps(there)
        assert found.period.start <= second.depart_at <= second.return_at <= found.period.end
        assert there.start <= first.depart_at <= first.return_at <= there.end
    else:
        assert found is leg
        assert Period(first.depart_at, first.return_at).overlaps(from_home(second, HOME, NET)) or (
            leg.period.overlaps(from_home(second, HOME, NET))
        )
