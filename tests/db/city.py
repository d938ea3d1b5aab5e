"""The smallest city that business tests need: two platforms, a unit, two cars, two drivers."""

from datetime import UTC, datetime, timedelta

from dispatch.kernel.db import Conn

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def found(conn: Conn) -> None:
    """Platforms 1 (city) and 2 (county); cars 1 at home in 1, 2 in 2; drivers alike; unit 1 of 1."""
    await conn.execute(
        """
        INSERT INTO pool (id, code, name, name_en, level, adcode, lon, lat) VALUES
            (1, 'XZ', '市级', 'City', 'city', '341800', 118.742, 30.933),
            (2, 'NG', '宁国', 'Ningguo', 'county', '341881', 118.9784, 30.629);
        INSERT INTO unit (id, code, name, lon, lat) VALUES (1, 'U1', '测试单位', 118.75, 30.94);
        INSERT INTO rental_firm (id, name, vehicles, day_price_fen, km_price_fen)
            VALUES (1, '租赁一', 12, 45000, 200);
        INSERT INTO person (id, code, name) VALUES (1, 'P1', '申请人01'), (2, 'P2', '驾驶员01'), (3, 'P3', '驾驶员02');
        INSERT INTO vehicle (id, code, model, category, class, seats, powertrain, tank_ml, first_registered, home_lon, home_lat, norm_ml_per_100km)
        SELECT i, 'V' || i, '轿车', 'OTHER', 'sedan', 5, 'petrol', 55000, '2022-01-01', 118.742, 30.933, 7800 FROM generate_series(1, 2) i;
        INSERT INTO driver (id, person_id, licence_class, licence_until) VALUES (1, 2, 'C1', '2030-01-01'), (2, 3, 'C1', '2030-01-01');
        INSERT INTO plate (id, number) VALUES (1, '皖P10001'), (2, '皖P10002');
        INSERT INTO fuel_card (id, number) VALUES (1, 'CARD1'), (2, 'CARD2');
        INSERT INTO obu (id, number) VALUES (1, 'OBU1'), (2, 'OBU2');
        INSERT INTO place (id, code, name, name_en, kind, adcode, lon, lat) VALUES
            (1, 'XZ', '宣城', 'Xuancheng', 'seat', '341802', 118.75, 30.94), (2, 'NG', '宁国', 'Ningguo', 'seat', '341881', 118.97, 30.63);
        """
    )
    for table, column in [
        ("vehicle_plate", "plate_id"),
        ("vehicle_fuel_card", "card_id"),
        ("vehicle_obu", "obu_id"),
        ("vehicle_pool", "pool_id"),
    ]:
        await conn.execute(
            f"INSERT INTO {table} (vehicle_id, {column}, during) "
            "SELECT i, i, tstzrange($1, NULL) FROM generate_series(1, 2) i",
            SINCE,
        )
    await conn.execute("INSERT INTO unit_pool VALUES (1, 1, tstzrange($1, NULL))", SINCE)
    await conn.execute("INSERT INTO person_unit VALUES (1, 1, tstzrange($1, NULL))", SINCE)
    await conn.execute(
        "INSERT INTO driver_pool SELECT i, i, tstzrange($1, NULL) FROM generate_series(1, 2) i",
        SINCE,
    )


async def drive(conn: Conn, order: int, vehicle: int, start: datetime, end: datetime) -> int:
    """A finished trip of an order paid by platform 1; returns the trip's id."""
    await conn.execute(
        "INSERT INTO trip_request (id, client_key, unit_id, pool_id, requested_by, purpose, purpose_text, "
        "passengers, lead_passenger, kind, from_place, to_place, depart_at, return_at, out_of_city, state, "
        "review_required, violations, submitted_at, distance_m, drive_s) VALUES "
        "($1::int4, $1::int4::text, 1, 1, 1, 'RESEARCH', '调研', 2, '甲', 'wait_and_return', 1, 2, $2, $3, false, "
        "'completed', false, '[]', $2, 46000, 1800)",
        order,
        start,
        end,
    )
    await conn.execute(
        "INSERT INTO dispatch_order (id, order_no, request_id, pool_id, state, settlement_fen, created_at) "
        "VALUES ($1::int4, 'XZ' || $1::int4, $1, 1, 'completed', $2, $3)",
        order,
        16_200 if vehicle == 2 else 0,
        start,
    )
    await conn.execute(
        "INSERT INTO leg (id, order_id, vehicle_id, driver_id, kind, status, during, planned) "
        "VALUES ($1, $1, $2, $2, 'trip', 'done', tstzrange($3, $4), tstzrange($3, $4))",
        order,
        vehicle,
        start,
        end,
    )
    trip = await conn.fetchval(
        "INSERT INTO trip (leg_id, order_id, vehicle_id, driver_id, started_at, ended_at, gps_m, "
        "device_odometer_m, declared_m, declared_source) "
        "VALUES ($1, $1, $2, $2, $3, $4, 91000, 92000, 92000, 'device_odometer') RETURNING id",
        order,
        vehicle,
        start,
        end,
    )
    await conn.execute("INSERT INTO trip_mark (trip_id) VALUES ($1)", trip)
    return trip


async def receive(conn: Conn, txn: str, **facts) -> int:
    """A receipt as ingest stores it, with its mark; returns its id."""
    row = {
        "issuer": "sinofuel",
        "txn": txn,
        "kind": "fuel",
        "at": NINE,
        "received_at": NINE,
        "amount_fen": 30_000,
        "card_no": "CARD1",
        "quantity_ml": 40_000,
        "body_digest": b"x",
        "detail": {},
    } | facts
    columns = ", ".join(row)
    places = ", ".join(f"${i}" for i in range(1, len(row) + 1))
    receipt = await conn.fetchval(
        f"INSERT INTO receipt ({columns}) VALUES ({places}) RETURNING id", *row.values()
    )
    await conn.execute("INSERT INTO receipt_mark (receipt_id) VALUES ($1)", receipt)
    return receipt
