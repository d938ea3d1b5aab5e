-- name: read_receipt_marks
SELECT id, receipt_id FROM receipt_mark ORDER BY id LIMIT 500;

-- name: delete_receipt_marks
DELETE FROM receipt_mark WHERE id = ANY ($1::int8[]);

-- name: read_trip_marks
SELECT id, trip_id FROM trip_mark ORDER BY id LIMIT 500;

-- name: delete_trip_marks
DELETE FROM trip_mark WHERE id = ANY ($1::int8[]);

-- name: read_receipt
-- A reversal belongs where its original belongs, if that has come.
SELECT r.id, r.issuer, r.kind, r.amount_fen, r.quantity_ml, r.quantity_wh, r.reverses_txn, r.txn, r.line,
       coalesce(o.at, r.at) AS at, coalesce(o.card_no, r.card_no) AS card_no,
       coalesce(o.plate, r.plate) AS plate, coalesce(o.obu, r.obu) AS obu
  FROM receipt r
  LEFT JOIN receipt o ON o.issuer = r.issuer AND o.txn = r.reverses_txn AND o.kind = r.kind AND o.line = r.line
 WHERE r.id = $1;

-- name: reversals_of
-- Of these receipts; there may be none.
SELECT r.id
  FROM receipt o
  JOIN receipt r ON r.issuer = o.issuer AND r.reverses_txn = o.txn AND r.kind = o.kind AND r.line = o.line
 WHERE o.id = ANY ($1::int8[]) AND o.reverses_txn IS NULL;

-- name: trips_around
SELECT id AS trip_id, order_id, started_at, ended_at FROM trip
 WHERE vehicle_id = $1 AND started_at < $2::timestamptz + interval '1 hour' AND ended_at > $2::timestamptz - interval '25 hours'
 ORDER BY id;

-- name: city_pool
SELECT min(id) FROM pool WHERE level = 'city';

-- name: upsert_match
INSERT INTO receipt_match (receipt_id, vehicle_id, trip_id, status, reason) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (receipt_id) DO UPDATE SET vehicle_id = EXCLUDED.vehicle_id, trip_id = EXCLUDED.trip_id,
    status = EXCLUDED.status, reason = EXCLUDED.reason, version = receipt_match.version + 1
WHERE (receipt_match.vehicle_id, receipt_match.trip_id, receipt_match.status, receipt_match.reason)
      IS DISTINCT FROM (EXCLUDED.vehicle_id, EXCLUDED.trip_id, EXCLUDED.status, EXCLUDED.reason);

-- name: riders
SELECT o.id, o.pool_id, o.settlement_fen, r.distance_m * CASE r.kind WHEN 'drop_off' THEN 1 ELSE 2 END
  FROM trip t JOIN order_leg l ON l.id = t.leg_id AND l.status <> 'cancelled'
  JOIN dispatch_order o ON o.id = l.order_id JOIN trip_request r ON r.id = o.request_id
 WHERE t.id = $1 ORDER BY o.id;

-- name: read_trip
SELECT t.id, t.vehicle_id, t.ended_at, t.declared_m, t.version, o.pool_id
  FROM trip t JOIN dispatch_order o ON o.id = t.order_id WHERE t.id = $1;

-- name: posted_for
SELECT e.pool_id, e.origin_month, p.account, p.measure, p.vehicle_id, p.order_id, sum(p.amount)::int8 AS amount
  FROM ledger_entry e JOIN posting p ON p.entry_id = e.id
 WHERE e.origin = $1
 GROUP BY 1, 2, 3, 4, 5, 6;

-- name: open_month
-- The origin's own month while it is open, else the first open one after it; made where none exists yet.
SELECT coalesce(
    (SELECT min(month) FROM period WHERE pool_id = $1 AND month >= $2 AND state = 'open'),
    (SELECT (max(month) + interval '1 month')::date FROM period WHERE pool_id = $1 AND month >= $2),
    $2::date)::date;

-- name: ensure_period
INSERT INTO period (pool_id, month) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: first_unpublished
-- The first month that is not published on some platform, or has trips and was not even begun there.
SELECT least((SELECT min(month) FROM period WHERE state <> 'published'),
             (SELECT min(t.month) FROM (
                  SELECT o.pool_id, date_trunc('month', t.ended_at AT TIME ZONE 'Asia/Shanghai')::date AS month
                    FROM trip t JOIN dispatch_order o ON o.id = t.order_id GROUP BY 1, 2) AS t
               WHERE NOT EXISTS (SELECT FROM period p WHERE p.pool_id = t.pool_id AND p.month = t.month)));

-- name: lock_period
SELECT state FROM period WHERE pool_id = $1 AND month = $2 FOR UPDATE;

-- name: add_entry
INSERT INTO ledger_entry (origin, origin_version, pool_id, month, origin_month, posted_at, linked_entry)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id;

-- name: add_posting
INSERT INTO posting (entry_id, line, account, measure, vehicle_id, order_id, amount) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: read_rental
SELECT pool_id, rental_firm_id, rental_price_fen, version, created_at, state
  FROM dispatch_order WHERE id = $1 AND rental_firm_id IS NOT NULL;

-- name: cursor
SELECT coalesce((SELECT seq FROM event_cursor WHERE consumer = 'accounting'), 0)::int8;

-- name: set_cursor
INSERT INTO event_cursor (consumer, seq) VALUES ('accounting', $1)
ON CONFLICT (consumer) DO UPDATE SET seq = EXCLUDED.seq;

-- name: set_period
UPDATE period SET state = $3, published_at = $4 WHERE pool_id = $1 AND month = $2;

-- name: sheet_money
-- Debit balances by vehicle; what arrived after a close stands in the month it was posted to.
SELECT p.vehicle_id, p.account, sum(p.amount)::int8 AS amount
  FROM ledger_entry e JOIN posting p ON p.entry_id = e.id
 WHERE e.month = $1 AND p.vehicle_id IS NOT NULL AND ($2::int4[] IS NULL OR e.pool_id = ANY ($2))
 GROUP BY 1, 2;

-- name: sheet_trips
-- A shared ride is one trip of all who rode.
SELECT t.vehicle_id, count(*)::int4 AS trips, coalesce(sum(r.passengers), 0)::int4 AS person_trips,
       coalesce(sum(t.declared_m) FILTER (WHERE r.parties > 1), 0)::int8 AS shared_m,
       count(DISTINCT (t.ended_at AT TIME ZONE 'Asia/Shanghai')::date)::int4 AS days_used,
       sum(t.gps_m)::int8 AS gps_m, sum(t.device_odometer_m)::int8 AS odometer_m,
       sum(t.driver_odometer_m)::int8 AS driver_m, coalesce(sum(t.empty_m), 0)::int8 AS empty_m
  FROM trip t
  CROSS JOIN LATERAL (SELECT count(*) AS parties, sum(q.passengers) AS passengers
                        FROM order_leg l JOIN dispatch_order o ON o.id = l.order_id JOIN trip_request q ON q.id = o.request_id
                       WHERE l.id = t.leg_id AND l.status <> 'cancelled') r
 WHERE t.ended_at >= $1 AND t.ended_at < $2
 GROUP BY 1;

-- name: sheet_vehicles
SELECT v.id AS vehicle_id, v.model, v.category, v.class, v.norm_ml_per_100km, k.pool_id, pl.name AS pool_name, p.number AS plate
  FROM vehicle v
  JOIN LATERAL (SELECT pool_id FROM vehicle_pool WHERE vehicle_id = v.id AND during && tstzrange($1, $2)
                 ORDER BY upper(during) DESC NULLS FIRST LIMIT 1) k ON true
  JOIN pool pl ON pl.id = k.pool_id
  LEFT JOIN LATERAL (SELECT number FROM vehicle_plate vp JOIN plate ON plate.id = vp.plate_id
                      WHERE vp.vehicle_id = v.id AND vp.during && tstzrange($1, $2)
                      ORDER BY upper(vp.during) DESC NULLS FIRST LIMIT 1) p ON true
 WHERE $3::int4[] IS NULL OR k.pool_id = ANY ($3)
 ORDER BY k.pool_id, p.number;

-- name: sheet_unexplained
SELECT m.vehicle_id, count(*)::int4 AS n FROM receipt_match m JOIN receipt r ON r.id = m.receipt_id
 WHERE r.at >= $1 AND r.at < $2 AND m.status <> 'matched' AND m.vehicle_id IS NOT NULL GROUP BY 1;

-- name: period_states
SELECT pool_id, state FROM period WHERE month = $1 AND ($2::int4[] IS NULL OR pool_id = ANY ($2)) ORDER BY pool_id;

-- name: order_costs
-- What stands on cars' accounts for an order: of a shared ride its share.
SELECT coalesce(sum(p.amount) FILTER (WHERE p.account = 'quantity:metres'), 0)::int8 AS metres,
       coalesce(sum(p.amount) FILTER (WHERE p.account = 'cost:fuel'), 0)::int8 AS fuel_fen,
       coalesce(sum(p.amount) FILTER (WHERE p.account = 'cost:electricity'), 0)::int8 AS electricity_fen,
       coalesce(sum(p.amount) FILTER (WHERE p.account = 'cost:toll'), 0)::int8 AS toll_fen,
       coalesce(sum(p.amount) FILTER (WHERE p.account = 'cost:parking'), 0)::int8 AS parking_fen
  FROM posting p WHERE p.order_id = $1 AND p.vehicle_id IS NOT NULL;

-- name: source_lines
SELECT e.id AS entry_id, e.origin, e.month, e.origin_month, p.account, p.measure, p.amount, p.order_id,
       o.order_no, r.issuer, r.txn, r.place, coalesce(r.at, t.ended_at) AS at, m.status, m.reason
  FROM ledger_entry e JOIN posting p ON p.entry_id = e.id
  LEFT JOIN dispatch_order o ON o.id = p.order_id
  LEFT JOIN receipt r ON e.origin = 'receipt:' || r.id
  LEFT JOIN receipt_match m ON m.receipt_id = r.id
  LEFT JOIN trip t ON e.origin = 'trip:' || t.id
 WHERE p.vehicle_id = $1 AND e.month = $2 AND ($3::int4[] IS NULL OR e.pool_id = ANY ($3))
 ORDER BY at NULLS LAST, e.id, p.line;

-- name: receipts_by_status
SELECT r.id, r.issuer, r.txn, r.kind, r.at, r.amount_fen, r.place, m.status, m.reason, m.vehicle_id, m.trip_id, p.number AS plate
  FROM receipt r LEFT JOIN receipt_match m ON m.receipt_id = r.id
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = m.vehicle_id AND vp.during @> r.at
  LEFT JOIN plate p ON p.id = vp.plate_id
  LEFT JOIN vehicle_pool k ON k.vehicle_id = m.vehicle_id AND k.during @> r.at
 WHERE ($1::text IS NULL OR m.status = $1) AND ($2::int4[] IS NULL OR k.pool_id = ANY ($2))
 ORDER BY r.at DESC, r.id DESC LIMIT 500;
