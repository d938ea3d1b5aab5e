"""Two platforms with a handful of cars and drivers, and the people who ask, decide, dispatch, drive."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from dispatch import orders, requests
from dispatch.access import Grant, Principal, Role
from dispatch.kernel.calendar import local
from dispatch.kernel.ids import DriverId, PersonId, PoolId
from dispatch.orders import store
from dispatch.orders.assign import book_load
from dispatch.orders.late import lock_cars_and_drivers
from dispatch.orders.load import Load, Seat

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
SUNDAY_NOON = local(date(2026, 3, 1)) + timedelta(hours=12)
XUANCHENG, NINGGUO, GUQUAN, HEFEI = 1, 2, 3, 4
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
_keys = count(1)


def noon() -> datetime:
    """The clock of a planner that stands still."""
    return SUNDAY_NOON


def at(clock: str, day: date = MONDAY) -> datetime:
    """UTC instant of a local wall time such as 08:30."""
    hours, minutes = clock.split(":")
    return local(day) + timedelta(hours=int(hours), minutes=int(minutes))


async def found(conn, *, city_cars=3, county_cars=2, drivers=None):
    """Platforms 1 (city) and 2 (Ningguo); unit 1 of 1, unit 2 of 2 (grassroots); sedans; 2 firms."""
    cars = city_cars + county_cars
    drivers = (city_cars, county_cars) if drivers is None else drivers
    await conn.execute(
        """
        INSERT INTO pool (id, code, name, name_en, level, adcode, lon, lat) VALUES
            (1, 'XZ', '市级平台', 'City', 'city', '341800', 118.742, 30.933),
            (2, 'NG', '宁国平台', 'Ningguo', 'county', '341881', 118.9784, 30.629);
        INSERT INTO unit (id, code, name, grassroots, lon, lat) VALUES
            (1, 'U1', '市直单位', false, 118.75, 30.94), (2, 'U2', '宁国乡镇', true, 118.97, 30.63);
        INSERT INTO rental_firm (id, name, vehicles, day_price_fen, km_price_fen) VALUES
            (1, '租赁一', 2, 45000, 200), (2, '租赁二', 12, 60000, 300);
        INSERT INTO person (id, code, name, phone) SELECT i, 'P' || i, '人员' || i, '0563-000' || i FROM generate_series(1, 9) i;
        INSERT INTO person (id, code, name) SELECT 100 + i, 'D' || i, '驾驶员' || i FROM generate_series(1, 90) i;
        INSERT INTO place (id, code, name, name_en, kind, adcode, lon, lat) VALUES
            (1, 'XC', '宣城', 'Xuancheng', 'seat', '341802', 118.7533, 30.9482),
            (2, 'NG', '宁国', 'Ningguo', 'seat', '341881', 118.9784, 30.6290),
            (3, 'GQ', '古泉镇', 'Guquan', 'town', '341802', 118.6472, 31.0325),
            (4, 'HF', '合肥', 'Hefei', 'outside', NULL, 117.2272, 31.8206);
        INSERT INTO calendar_day SELECT d::date, CASE WHEN extract(isodow FROM d) > 5 THEN 'weekend' ELSE 'workday' END
          FROM generate_series('2026-01-01'::date, '2026-12-31', interval '1 day') d;
        """
    )
    await conn.execute(
        """
        INSERT INTO vehicle (id, code, model, category, class, seats, powertrain, tank_ml, norm_ml_per_100km, first_registered, home_lon, home_lat)
        SELECT i, 'V' || i, '轿车', 'OTHER', 'sedan', 5, 'petrol', 55000, 7800, '2022-01-01',
               CASE WHEN i <= $1 THEN 118.742 ELSE 118.9784 END, CASE WHEN i <= $1 THEN 30.933 ELSE 30.629 END
          FROM generate_series(1, $2::int4) i
        """,
        city_cars,
        cars,
    )
    await conn.execute(
        "INSERT INTO plate (id, number) SELECT i, '皖P' || (10000 + i) FROM generate_series(1, $1::int4) i",
        cars,
    )
    await conn.execute(
        "INSERT INTO vehicle_plate SELECT i, i, tstzrange($2, NULL) FROM generate_series(1, $1::int4) i",
        cars,
        SINCE,
    )
    await conn.execute(
        "INSERT INTO vehicle_pool SELECT i, CASE WHEN i <= $1 THEN 1 ELSE 2 END, tstzrange($3, NULL) "
        "FROM generate_series(1, $2::int4) i",
        city_cars,
        cars,
        SINCE,
    )
    await conn.execute(
        "INSERT INTO driver (id, person_id, licence_class, licence_until) "
        "SELECT i, 100 + i, 'C1', '2031-01-01' FROM generate_series(1, $1::int4) i",
        sum(drivers),
    )
    await conn.execute(
        "INSERT INTO driver_pool SELECT i, CASE WHEN i <= $1 THEN 1 ELSE 2 END, tstzrange($3, NULL) "
        "FROM generate_series(1, $2::int4) i",
        drivers[0],
        sum(drivers),
        SINCE,
    )
    await conn.execute(
        "INSERT INTO unit_pool VALUES (1, 1, tstzrange($1, NULL)), (2, 2, tstzrange($1, NULL))",
        SINCE,
    )


def who(person_id, *grants, driver_id=None):
    """A person with grants (role, pool, unit)."""
    held = tuple(
        Grant(Role(role), None if pool is None else PoolId(pool), unit)
        for role, pool, unit in grants
    )
    return Principal(
        PersonId(person_id),
        f"人员{person_id}",
        None if driver_id is None else DriverId(driver_id),
        held,
        frozenset({PoolId(1), PoolId(2)}),
        "cookie",
    )


CLERK = who(1, ("requester", None, 1))
APPROVER = who(2, ("unit_approver", None, 1))
REVIEWER = who(3, ("authority_reviewer", None, None))
DISPATCHER = who(4, ("dispatcher", 1, None))
CITY = who(5, ("city_dispatcher", None, None))
NG_CLERK = who(6, ("requester", None, 2))
NG_APPROVER = who(7, ("unit_approver", None, 2))
NG_DISPATCHER = who(8, ("dispatcher", 2, None))


def ask(depart="09:00", back="11:00", *, day=MONDAY, **more):
    """A trip of unit 1 to a town near by, there and back; alone, unless it is said otherwise."""
    fields = {
        "client_key": f"test-key-{next(_keys)}",
        "unit_id": 1,
        "purpose": "RESEARCH",
        "purpose_text": "调研",
        "passengers": 2,
        "lead_passenger": "甲",
        "kind": "wait_and_return",
        "from_place": XUANCHENG,
        "to_place": GUQUAN,
        "depart_at": at(depart, day),
        "return_at": at(back, day),
        "shareable": False,
    }
    return requests.Ask(**(fields | more))


async def submitted(conn, wanted=None, *, by=CLERK, now=SUNDAY_NOON):
    """A submitted request."""
    async with conn.transaction():
        made, _ = await requests.submit(conn, wanted or ask(), by, now, await orders.drives(conn))
    return made


async def approved(conn, wanted=None, *, now=SUNDAY_NOON):
    """A request approved by whoever must."""
    wanted = wanted or ask()
    ours = wanted.unit_id == 1
    # the daily cap is no matter here
    made = await submitted(conn, wanted, by=CLERK if ours else NG_CLERK, now=now)
    while made.state in ("submitted", "unit_approved"):
        decider = REVIEWER if made.state == "unit_approved" else APPROVER if ours else NG_APPROVER
        async with conn.transaction():
            made = await orders.approve(conn, made.id, "approved", decider, now)
    return made


async def assigned(conn, request, vehicle, driver, *, by=CITY, now=SUNDAY_NOON):
    """An order for a request."""
    async with conn.transaction():
        return await orders.assign(conn, request.id, orders.Choice(vehicle, driver), by, now)


async def shared(conn, asked, vehicle, driver, *, by=CITY, now=SUNDAY_NOON):
    """Orders for requests in one car, each at its own time, in the order given."""
    ends = [max(r.return_at for r in asked) + n * MINUTE for n in range(len(asked))]
    starts = [min(r.depart_at for r in asked) + n * MINUTE for n in range(len(asked))]
    seats = [
        Seat(n, len(asked) + n, on, off)
        for n, (on, off) in enumerate(zip(starts, ends, strict=True))
    ]
    async with conn.transaction():
        await lock_cars_and_drivers(conn, [vehicle], [driver])
        locked = [await requests.lock(conn, i) for i in sorted(r.id for r in asked)]
        by_id = {r.id: r for r in locked}
        load = Load(tuple(by_id[r.id] for r in asked), tuple(seats), 40_000, 3_600)
        fleet = await store.fleet(conn, max(now, load.depart_at))
        choice = orders.Choice(vehicle, driver)
        return await book_load(conn, load, choice, fleet, by=by.person_id, now=now)


async def legs(conn, *statuses):
    """(vehicle, driver, start, end) of legs, in order of id."""
    rows = await conn.fetch(
        "SELECT vehicle_id, driver_id, lower(during) AS a, upper(during) AS b FROM leg "
        "WHERE cardinality($1::text[]) = 0 OR status = ANY ($1::text[]) ORDER BY id",
        list(statuses),
    )
    return [tuple(row) for row in rows]


OVERLAPS = """
SELECT count(*) FROM leg a JOIN leg b ON a.id < b.id AND a.during && b.during
   AND (a.vehicle_id = b.vehicle_id OR a.driver_id = b.driver_id)
   AND a.status IN ('held', 'assigned', 'running', 'done') AND b.status IN ('held', 'assigned', 'running', 'done')
"""
