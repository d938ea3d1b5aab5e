"""Drive times that are kept: made when something changes, looked up by plans and promises."""

import json
from datetime import timedelta

import numpy as np
import pytest

from dispatch import orders, requests
from dispatch.orders import drive_times, hours, plans, store
from dispatch.orders.model import Period
from optimizer.problem import MOST_METRES
from optimizer.travel import NoTable, great_circle_matrix
from telemetry import roads
from tests import orders_city as city
from tests.orders_city import SUNDAY_NOON

LATER = SUNDAY_NOON + timedelta(hours=1)


async def laid(conn, limit=None):
    """One expressway from place to place, in order, from now on."""
    places = await requests.places(conn)
    lines = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"class": "expressway", "limit_kmh": limit},
                "geometry": {"type": "LineString", "coordinates": [[p.lon, p.lat] for p in places]},
            }
        ],
    }
    found = roads.read_roads(json.dumps(lines))
    await roads.put(conn, found, "one", since=SUNDAY_NOON, at=SUNDAY_NOON, by="test")
    return places


async def test_without_roads_drives_go_by_great_circle(conn, pool):
    await city.found(conn)
    assert not await drive_times.refresh(pool, LATER, None)
    assert (await store.fleet(conn, LATER)).known is None
    net = store.net_of(await store.fleet(conn, LATER))
    assert net.matrix.version.startswith("great circles")


async def test_roads_are_followed_and_paid_and_named(conn, pool):
    await city.found(conn)
    places = await laid(conn)
    a, b = places[0], places[1]
    crow_s, _ = (await orders.drives(conn))(a, b)
    assert await drive_times.refresh(pool, LATER, None)
    assert not await drive_times.refresh(pool, LATER, None), "nothing has changed"
    fleet = await store.fleet(conn, LATER)
    net = store.net_of(fleet)
    assert net.matrix.version.startswith("roads-")
    i, j = net.row(a.lon, a.lat), net.row(b.lon, b.lat)
    seconds, metres = (await orders.drives(conn))(a, b)
    assert (seconds, metres) == (net.seconds(i, j, LATER), net.metres(i, j))
    assert seconds < crow_s
    assert net.matrix.toll_fen[i, j] == pytest.approx(metres * 43 / 1000, abs=metres / 500)


async def test_slower_roads_make_new_drive_times_and_three_are_kept(conn, pool):
    await city.found(conn)
    seen = []
    for limit in (120, 80, 60, 40):
        a, b, *_ = await laid(conn, limit)
        assert await drive_times.refresh(pool, LATER, None)
        seen.append((await orders.drives(conn))(a, b)[0])
    assert sorted(seen) == seen
    assert seen[0] < seen[1]
    assert await conn.fetchval("SELECT count(*) FROM travel_matrix") == 3


async def test_a_new_place_goes_by_great_circle_until_the_next_look(conn, pool):
    await city.found(conn)
    await laid(conn)
    await drive_times.refresh(pool, LATER, None)
    before = store.net_of(await store.fleet(conn, LATER))
    await conn.execute(
        "INSERT INTO place (id, code, name, name_en, kind, lon, lat) VALUES (99, 'new', '新址', 'New', 'town', 118.9, 30.8)"
    )
    net = store.net_of(await store.fleet(conn, LATER))
    assert "1 of" in net.matrix.version
    assert net.matrix.places == before.matrix.places + 1
    old = [point for point in before.rows if point in net.rows]
    rows, there = [net.rows[p] for p in old], [before.rows[p] for p in old]
    kept = before.matrix.seconds[np.ix_(there, there)]
    assert (net.matrix.seconds[np.ix_(rows, rows)] == kept).all()
    assert await drive_times.refresh(pool, LATER, None)
    assert "great" not in store.net_of(await store.fleet(conn, LATER)).matrix.version.split("-")[0]


class Server:
    """Knows drives, or not; stands for a routing server of one's own."""

    def __init__(self):
        self.there = True

    def __repr__(self):
        return "Server"

    async def matrix(self, points):
        if not self.there:
            raise NoTable("gone")
        return great_circle_matrix(points, detour=2.0, speed_mps=20.0)


async def test_what_a_server_said_stays_when_it_is_gone(conn, pool):
    await city.found(conn)
    places = await requests.places(conn)
    server = Server()
    assert await drive_times.refresh(pool, LATER, server)
    said = (await orders.drives(conn))(places[0], places[1])
    server.there = False
    await conn.execute(
        "INSERT INTO place (id, code, name, name_en, kind, lon, lat) VALUES (99, 'new', '新址', 'New', 'town', 118.9, 30.8)"
    )
    with pytest.raises(NoTable):
        await drive_times.refresh(pool, LATER, server)
    assert (await orders.drives(conn))(places[0], places[1]) == said


async def test_a_place_at_the_other_end_of_the_world_spoils_nobody_elses_drives(conn, pool):
    await city.found(conn)
    places = await laid(conn)
    await conn.execute(
        "INSERT INTO place (id, code, name, name_en, kind, lon, lat) VALUES (99, 'null', '错', 'Bad', 'town', -60, -30)"
    )
    crow = store.net_of(await store.fleet(conn, LATER))
    assert crow.matrix.metres.max() == MOST_METRES
    assert await drive_times.refresh(pool, LATER, None)
    net = store.net_of(await store.fleet(conn, LATER))
    a, b = places[:2]
    near = net.metres(net.row(a.lon, a.lat), net.row(b.lon, b.lat))
    assert 0 < near < 200_000
    assert net.matrix.metres.max() == MOST_METRES


async def test_a_server_is_asked_anew_each_day(conn, pool):
    await city.found(conn)
    server = Server()
    assert await drive_times.refresh(pool, LATER, server)
    assert not await drive_times.refresh(pool, LATER + timedelta(hours=2), server)
    assert await drive_times.refresh(pool, LATER + timedelta(days=1), server)


async def driven(conn, minutes, count, *, day=city.MONDAY):
    """Completed orders from Xuancheng to Ningguo, each so long on the way from nine on."""
    began = city.at("09:00", day)
    for n in range(count):
        order = await conn.fetchval(
            "WITH r AS (INSERT INTO trip_request (client_key, unit_id, pool_id, requested_by, purpose, purpose_text, "
            "passengers, lead_passenger, kind, from_place, to_place, depart_at, return_at, out_of_city, state, "
            "review_required, violations, submitted_at, distance_m, drive_s) VALUES "
            "($1, 1, 1, 1, 'RESEARCH', '', 1, '', 'drop_off', 1, 2, $2, $3, false, 'completed', false, '[]', $2, 1, 1) RETURNING id) "
            "INSERT INTO dispatch_order (order_no, request_id, pool_id, state, created_at, closed_at) "
            "SELECT $1, id, 1, 'completed', $2, $3 FROM r RETURNING id",
            f"D{day}{minutes}-{n}", began, began + timedelta(hours=2),
        )  # fmt: skip
        for kind, at in (("onboard", began), ("arrive", began + timedelta(minutes=minutes))):
            await conn.execute(
                "INSERT INTO check_in (client_key, driver_id, order_id, kind, taken_at, counter, received_at, body_digest) "
                "VALUES ($1, 1, $2, $3, $4, 1, $4, 'x')",
                f"{kind}-{order}", order, kind, at,
            )  # fmt: skip


async def test_hours_are_measured_once_a_day_and_hold_for_plans_and_legs(conn, pool):
    await city.found(conn)
    a, b, *_ = await laid(conn)
    await drive_times.refresh(pool, LATER, None)
    before = store.net_of(await store.fleet(conn, LATER))
    i, j = before.row(a.lon, a.lat), before.row(b.lon, b.lat)
    planned_s = before.seconds(i, j, LATER)
    evening, after = city.at("20:00"), city.at("21:00")
    known = await drive_times.known(conn)
    async with conn.transaction():
        assert not await hours.measure(conn, known, evening), "nothing was driven"
    await driven(conn, 2 * planned_s / 60, 40)
    version = await store.board_version(conn, after, Period(LATER, after), after)
    async with conn.transaction():
        assert await hours.measure(conn, known, evening)
    async with conn.transaction():
        assert not await hours.measure(conn, known, after), "the same again"
    net = store.net_of(await store.fleet(conn, after))
    assert net.matrix.percent_by_hour == (200,) * 24
    assert net.seconds(i, j, LATER) == 2 * planned_s
    assert await store.board_version(conn, after, Period(LATER, after), after) != version
    day = await plans.day_problem(conn, city.MONDAY, evening)
    assert day.problem.matrix.percent_by_hour == (200,) * 24
    # the rules of requests are no concern of it
    assert await city.submitted(conn)
    # in the time before, it was not in force
    assert await hours.factors(conn, LATER) == ()


async def test_hours_that_change_follow_the_last_ones(conn, pool):
    await city.found(conn)
    a, b, *_ = await laid(conn)
    await drive_times.refresh(pool, LATER, None)
    known = await drive_times.known(conn)
    planned_s = (await orders.drives(conn))(a, b)[0]
    for n, (factor, count) in enumerate(((1.2, 40), (1.4, 100))):
        now = city.at("20:00") + timedelta(days=n)
        await driven(conn, factor * planned_s / 60, count)
        async with conn.transaction():
            assert await hours.measure(conn, known, now)
    assert (await hours.factors(conn, city.at("21:00")))[0] == 120
    assert (await hours.factors(conn, now))[0] == 140
