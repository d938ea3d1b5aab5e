-- name: only_one
-- One checker at a time: a later reading is never overwritten by an earlier one.
SELECT pg_try_advisory_xact_lock($1, 1);

-- name: marks
-- $1: some of them, else all. What is parked waits for its time.
SELECT m.id, m.receipt_id, m.device_id, m.seen_at, m.seen_digest
  FROM toll_mark m
 WHERE ($1::int8[] IS NULL OR m.id = ANY ($1))
   AND NOT EXISTS (SELECT FROM parked_work p
                    WHERE p.room = 'passages' AND p.retry_at > now()
                      AND p.subject = CASE WHEN m.receipt_id IS NULL
                                           THEN jsonb_build_object('device', m.device_id, 'digest', m.seen_digest)
                                           ELSE jsonb_build_object('receipt', m.receipt_id) END)
 ORDER BY m.id LIMIT 200;

-- name: delete_marks
DELETE FROM toll_mark WHERE id = ANY ($1::int8[]);

-- name: claims
-- Both sides of receipts and what terminals saw. Whose it was at that time: by unit, else by plate; a terminal's by its
-- binding. A place that is not imported may be known from the message itself.
WITH toll AS (
    SELECT r.id, r.at, r.entry_at, r.place, r.entry_place, r.lon, r.lat,
           coalesce(vo.vehicle_id, vp.vehicle_id) AS vehicle_id
      FROM receipt r
      LEFT JOIN obu o ON o.number = r.obu
      LEFT JOIN vehicle_obu vo ON vo.obu_id = o.id AND vo.during @> r.at
      LEFT JOIN plate p ON p.number = r.plate
      LEFT JOIN vehicle_plate vp ON vp.plate_id = p.id AND vp.during @> r.at
     WHERE r.id = ANY ($1::int8[]) AND r.kind = 'toll'
), claim AS (
    SELECT id AS receipt_id, NULL::int4 AS device_id, NULL::timestamptz AS seen_at, NULL::int8 AS seen_digest,
           'exit' AS side, vehicle_id, at, place, lon, lat FROM toll
    UNION ALL
    SELECT id, NULL, NULL, NULL, 'entry', vehicle_id, entry_at, entry_place, NULL, NULL FROM toll WHERE entry_at IS NOT NULL
    UNION ALL
    SELECT NULL, e.device_id, e.ts, e.digest, 'gantry', b.vehicle_id, e.ts, e.gantry,
           round((e.detail ->> 'lon')::float8 * 1e7)::int4, round((e.detail ->> 'lat')::float8 * 1e7)::int4
      FROM unnest($2::int4[], $3::timestamptz[], $4::int8[]) AS m (device_id, ts, digest)
      JOIN etc_observation e USING (device_id, ts, digest)
      LEFT JOIN binding b ON b.device_id = e.device_id AND b.during @> e.ts
)
SELECT c.receipt_id, c.device_id, c.seen_at, c.seen_digest, c.side, c.vehicle_id, c.at, c.place,
       coalesce(t.lon, c.lon) AS lon, coalesce(t.lat, c.lat) AS lat,
       coalesce(k.safe_after <= pg_snapshot_xmin(pg_current_snapshot()), false) AS ready,
       coalesce(k.fixes > 0 AND k.at < h.since + interval '30 minutes', false) AS final
  FROM claim c CROSS JOIN raw_horizon h
  LEFT JOIN toll_place t ON t.name = c.place
  LEFT JOIN toll_check k ON (k.receipt_id = c.receipt_id AND k.side = c.side
                             OR k.device_id = c.device_id AND k.seen_at = c.seen_at AND k.seen_digest = c.seen_digest)
                        AND k.at = c.at AND k.vehicle_id IS NOT DISTINCT FROM c.vehicle_id
 ORDER BY c.vehicle_id, c.at, c.side;

-- name: announce_receipts
-- From its commit on, whatever changes around here leaves a mark. What was found of another vehicle or time is not
-- of this one.
INSERT INTO toll_check AS held (receipt_id, side, vehicle_id, at, place)
SELECT * FROM unnest($1::int8[], $2::text[], $3::int4[], $4::timestamptz[], $5::text[])
ON CONFLICT (receipt_id, side) DO UPDATE
   SET vehicle_id = excluded.vehicle_id, at = excluded.at, place = excluded.place, safe_after = NULL,
       verdict = 'no-data', distance_m = NULL, near_at = NULL, lon = NULL, lat = NULL, before_at = NULL, after_at = NULL,
       fixes = 0
 WHERE (held.vehicle_id, held.at) IS DISTINCT FROM (excluded.vehicle_id, excluded.at);

-- name: announce_gantries
INSERT INTO toll_check AS held (device_id, seen_at, seen_digest, side, vehicle_id, at, place)
SELECT * FROM unnest($1::int4[], $2::timestamptz[], $3::int8[], $4::text[], $5::int4[], $6::timestamptz[], $7::text[])
ON CONFLICT (device_id, seen_at, seen_digest) DO UPDATE
   SET vehicle_id = excluded.vehicle_id, at = excluded.at, place = excluded.place, safe_after = NULL,
       verdict = 'no-data', distance_m = NULL, near_at = NULL, lon = NULL, lat = NULL, before_at = NULL, after_at = NULL,
       fixes = 0
 WHERE (held.vehicle_id, held.at) IS DISTINCT FROM (excluded.vehicle_id, excluded.at);

-- name: stamp
-- In a transaction after that commit.
UPDATE toll_check SET safe_after = pg_snapshot_xmax(pg_current_snapshot()) WHERE safe_after IS NULL;

-- name: put_receipt_checks
INSERT INTO toll_check AS held (receipt_id, side, vehicle_id, at, place, verdict, distance_m, near_at, lon, lat,
                                before_at, after_at, fixes)
SELECT * FROM unnest($1::int8[], $2::text[], $3::int4[], $4::timestamptz[], $5::text[], $6::text[], $7::int4[],
                     $8::timestamptz[], $9::int4[], $10::int4[], $11::timestamptz[], $12::timestamptz[], $13::int4[])
ON CONFLICT (receipt_id, side) DO UPDATE
   SET vehicle_id = excluded.vehicle_id, at = excluded.at, place = excluded.place, verdict = excluded.verdict,
       distance_m = excluded.distance_m, near_at = excluded.near_at, lon = excluded.lon, lat = excluded.lat,
       before_at = excluded.before_at, after_at = excluded.after_at, fixes = excluded.fixes;

-- name: put_gantry_checks
INSERT INTO toll_check AS held (device_id, seen_at, seen_digest, side, vehicle_id, at, place, verdict, distance_m,
                                near_at, lon, lat, before_at, after_at, fixes)
SELECT * FROM unnest($1::int4[], $2::timestamptz[], $3::int8[], $4::text[], $5::int4[], $6::timestamptz[], $7::text[],
                     $8::text[], $9::int4[], $10::timestamptz[], $11::int4[], $12::int4[], $13::timestamptz[],
                     $14::timestamptz[], $15::int4[])
ON CONFLICT (device_id, seen_at, seen_digest) DO UPDATE
   SET vehicle_id = excluded.vehicle_id, at = excluded.at, place = excluded.place, verdict = excluded.verdict,
       distance_m = excluded.distance_m, near_at = excluded.near_at, lon = excluded.lon, lat = excluded.lat,
       before_at = excluded.before_at, after_at = excluded.after_at, fixes = excluded.fixes;

-- name: between
SELECT c.id, c.side, c.receipt_id, c.seen_at, c.vehicle_id, c.at, c.place,
       CASE c.side WHEN 'exit' THEN r.amount_fen END AS amount_fen, c.verdict, c.distance_m, c.near_at,
       c.lon / 1e7::float8 AS lon, c.lat / 1e7::float8 AS lat, c.before_at, c.after_at, c.fixes
  FROM toll_check c LEFT JOIN receipt r ON r.id = c.receipt_id
 WHERE ($1::int4 IS NULL OR c.vehicle_id = $1) AND c.at >= $2 AND c.at < $3
   AND ($4::text IS NULL OR c.verdict = $4)
 ORDER BY c.at, c.id LIMIT $5 OFFSET $6;

-- name: places
SELECT name, kind, lon / 1e7::float8 AS lon, lat / 1e7::float8 AS lat FROM toll_place ORDER BY name;

-- name: put_places
INSERT INTO toll_place AS held (name, kind, lon, lat)
SELECT * FROM unnest($1::text[], $2::text[], $3::int4[], $4::int4[])
ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, lon = excluded.lon, lat = excluded.lat
 WHERE (held.kind, held.lon, held.lat) IS DISTINCT FROM (excluded.kind, excluded.lon, excluded.lat);

-- name: paid
-- Tolls of a vehicle, when they were driven; what was taken back is none.
SELECT coalesce(r.entry_at, r.at) AS entry_at, r.at
  FROM receipt r
  LEFT JOIN obu o ON o.number = r.obu
  LEFT JOIN vehicle_obu vo ON vo.obu_id = o.id AND vo.during @> r.at
  LEFT JOIN plate p ON p.number = r.plate
  LEFT JOIN vehicle_plate vp ON vp.plate_id = p.id AND vp.during @> r.at
 WHERE r.kind = 'toll' AND r.reverses_txn IS NULL AND coalesce(vo.vehicle_id, vp.vehicle_id) = $1
   AND r.at >= $2 AND coalesce(r.entry_at, r.at) < $3
   AND NOT EXISTS (SELECT FROM receipt x WHERE x.issuer = r.issuer AND x.reverses_txn = r.txn AND x.kind = r.kind AND x.line = r.line)
 ORDER BY r.at;
