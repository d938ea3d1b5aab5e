"""Every named statement is understood by PostgreSQL; foreign keys obey the layers."""

from pathlib import Path

import asyncpg

from dispatch.kernel.db import statements

ROOT = Path(__file__).parents[2]
PACKAGES = ("dispatch", "telemetry", "web", "simulators")
FILES = sorted(
    f
    for p in PACKAGES
    for f in (ROOT / p).rglob("*.sql")
    if not {"migrations", "embedded"} & set(f.parts)
)
# Layer of each table, low to high; a foreign key points to its own layer or a lower one.
LAYERS = {
    "dispatch.kernel": "product_clock live_epoch outbox outbox_seq idempotency stored_file "
    "audit_entry process_heartbeat schema_migration event_cursor",
    "dispatch.register": "pool rental_firm unit person vehicle driver plate fuel_card obu "
    "vehicle_plate vehicle_fuel_card vehicle_obu vehicle_pool vehicle_keeper driver_pool unit_pool "
    "person_unit calendar_day place",
    "dispatch.access": "role_grant password sign_in_failure sign_in_link session api_token",
    "telemetry": "device binding refused_device refused_publish mqtt_session fix fuel_observation "
    "etc_observation device_status receipt receipt_mark quarantine dirty_mark vehicle_mark "
    "energy_event toll_place toll_check toll_mark "
    "checkpoint fold_head intake_watch intake_outage wake parked_fold parked_work fact_change journey fence fence_visit "
    "fence_version fence_change fence_epoch device_health live_position live_state "
    "raw_horizon legal_hold fix_variant "
    "road_set road alarm_rule alarm_revision alarm_fact alarm_case alarm_case_event",
    "dispatch.tariffs": "rule_setting tariff",
    "dispatch.requests": "trip_request approval",
    "dispatch.orders": "dispatch_order order_number rental_closing breakdown leg ride ride_party check_in plan_run plan_progress travel_matrix",
    "dispatch.trips": "trip trip_mark",
    "dispatch.accounting": "period ledger_entry posting receipt_match",
}
RANK = {table: i for i, tables in enumerate(LAYERS.values()) for table in tables.split()}


async def test_every_statement_is_understood(conn):
    assert len(FILES) > 20
    not_understood = []
    for file in FILES:
        await conn.execute("DISCARD TEMP")
        named = statements(str(file), file.name)
        # temporary tables first: the statements of the same file stand on them
        for text in named.values():
            if "TEMP" in text.upper() and "CREATE" in text.upper():
                await conn.execute(text.replace("ON COMMIT DELETE ROWS", ""))
        for name, text in named.items():
            try:
                await conn.prepare(text)
            except asyncpg.PostgresError as error:
                not_understood.append(f"{file.relative_to(ROOT)} {name}: {error}")
    assert not_understood == []


async def test_foreign_keys_point_down(conn):
    rows = await conn.fetch(
        "SELECT conrelid::regclass::text AS owner, confrelid::regclass::text AS target "
        "FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
    )
    assert len(rows) > 30
    upward = [(r["owner"], r["target"]) for r in rows if RANK[r["owner"]] < RANK[r["target"]]]
    assert upward == []


async def test_every_table_has_a_layer(conn):
    rows = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
        "AND relnamespace = 'public'::regnamespace"
    )
    assert {r["relname"] for r in rows} - RANK.keys() == set()
