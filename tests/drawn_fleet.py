"""Drawn fleets of three platforms and requests of theirs, without a database."""

from datetime import UTC, date, datetime, timedelta

from dispatch import requests
from dispatch.drivers import Driver
from dispatch.orders.model import Fleet
from dispatch.pools import Car, Pool

MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
CATEGORIES = ("OTHER", "OTHER", "OTHER", "CONFIDENTIAL_COMMS", "LAW_ENFORCEMENT")


def car(rng, number):
    pool = rng.randint(1, 3)
    return Car(
        number, f"P{number}", "model", pool, rng.choice(CATEGORIES),
        rng.choice(("sedan", "sedan", "suv", "midibus")), rng.choice((5, 5, 7)),
        rng.choice(("petrol", "bev")), rng.choice((None, 150_000)), rng.choice((None, 7_800)), None,
        118.5 + 0.1 * pool + rng.choice((0, 0, 0.01)), 30.5, rng.choice((None, date(2026, 3, 1))), None,
    )  # fmt: skip


def fleet(rng):
    return Fleet(
        cars=tuple(car(rng, n) for n in range(1, 31)),
        drivers=tuple(
            Driver(n, n, "", rng.randint(1, 3), rng.choice(("C1", "A1")), date(2031, 1, 1))
            for n in range(1, 25)
        ),
        pools=tuple(Pool(n, "", "", rng.choice((0, 1, 2))) for n in (1, 2, 3)),
        firms=(),
        tariffs=(),
        places=tuple(
            requests.Place(n, "", 118.4 + 0.6 * rng.random(), 30.3 + 0.6 * rng.random(), "341802")
            for n in range(10)
        ),
    )


def request(rng, number, places):
    origin, destination = rng.sample(places, 2)
    depart_at = MIDNIGHT + 28 * QUARTER + rng.randint(0, 36) * QUARTER
    return requests.Request(
        id=number, unit_id=1, unit_name="", pool_id=rng.randint(1, 3), requested_by=1, purpose="RESEARCH",
        purpose_text="", passengers=rng.choice((1, 4, 5)), lead_passenger="",
        kind=rng.choice(("drop_off", "wait_and_return")), origin=origin, destination=destination,
        depart_at=depart_at, return_at=depart_at + rng.randint(4, 24) * QUARTER,
        vehicle_class=rng.choice((None, None, "suv")), emergency=False, out_of_city=False, state="approved",
        review_required=False, violations=[], reject_reason=None, version=1, submitted_at=MIDNIGHT,
        decided_at=MIDNIGHT, promised_at=MIDNIGHT, distance_m=rng.randint(5_000, 90_000), drive_s=3_000,
    )  # fmt: skip
