-- name: capacities
SELECT id, coalesce(tank_ml, 0) AS tank_ml, coalesce(battery_wh, 0) AS battery_wh,
       coalesce(norm_ml_per_100km, 0) AS norm_ml_per_100km, powertrain = 'phev' AS hybrid
  FROM vehicle WHERE id = ANY ($1::int4[]);

-- name: stored
SELECT e.id, e.vehicle_id, (e.medium = 'electricity')::int4 AS key, e.started_at AS lo, e.last_at AS hi, e.version,
       e.ended_at IS NULL AS is_open
  FROM unnest($1::int4[], $2::timestamptz[], $3::timestamptz[]) AS w (vehicle_id, lo, hi)
  JOIN energy_event e ON e.vehicle_id = w.vehicle_id AND e.started_at >= w.lo AND e.started_at < w.hi
 ORDER BY e.vehicle_id, e.started_at;

-- name: delete_events
DELETE FROM energy_event WHERE id = ANY ($1::int8[]);

-- name: change_events
UPDATE energy_event e
   SET kind = n.kind, started_at = n.started_at, ended_at = n.ended_at, last_at = n.last_at, settled = n.settled,
       before_ml = n.before_ml, after_ml = n.after_ml, amount_ml = n.amount_ml, before_permille = n.before_permille,
       after_permille = n.after_permille, amount_wh = n.amount_wh, error_ml = n.error_ml, confidence = n.confidence,
       readings = n.readings, lon = n.lon, lat = n.lat, version = n.version
  FROM unnest($1::int8[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::boolean[],
              $7::int4[], $8::int4[], $9::int4[], $10::int2[], $11::int2[], $12::int4[], $13::int4[], $14::int2[],
              $15::int4[], $16::int4[], $17::int4[], $18::bytea[])
       AS n (id, kind, started_at, ended_at, last_at, settled, before_ml, after_ml, amount_ml, before_permille,
             after_permille, amount_wh, error_ml, confidence, readings, lon, lat, version)
 WHERE e.id = n.id;

-- name: insert_events
INSERT INTO energy_event (vehicle_id, medium, kind, started_at, ended_at, last_at, settled, before_ml, after_ml,
                          amount_ml, before_permille, after_permille, amount_wh, error_ml, confidence, readings,
                          lon, lat, version)
SELECT vehicle_id, CASE kind WHEN 'charge' THEN 'electricity' ELSE 'fuel' END, kind, started_at, ended_at, last_at,
       settled, before_ml, after_ml, amount_ml, before_permille, after_permille, amount_wh, error_ml, confidence,
       readings, lon, lat, version
  FROM unnest($1::int4[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::boolean[],
              $7::int4[], $8::int4[], $9::int4[], $10::int2[], $11::int2[], $12::int4[], $13::int4[], $14::int2[],
              $15::int4[], $16::int4[], $17::int4[], $18::bytea[])
       AS n (vehicle_id, kind, started_at, ended_at, last_at, settled, before_ml, after_ml, amount_ml, before_permille,
             after_permille, amount_wh, error_ml, confidence, readings, lon, lat, version);

-- name: between
SELECT id, vehicle_id, medium, kind, started_at, ended_at, last_at, settled, before_ml, after_ml, amount_ml,
       before_permille, after_permille, amount_wh, error_ml, confidence, readings, lon / 1e7::float8 AS lon,
       lat / 1e7::float8 AS lat
  FROM energy_event
 WHERE vehicle_id = $1 AND started_at < $3 AND last_at >= $2
 ORDER BY started_at, medium;

-- name: readings_around
-- Both bounds of ts prune partitions. Of the variants of one moment the least digest counts, as in the fold.
WITH bound AS (
    SELECT vehicle_id, device_id, greatest(lower(during), $2::timestamptz - interval '1 day') AS lo,
           least(coalesce(upper(during), 'infinity'), $2::timestamptz + interval '1 day') AS hi
      FROM binding
     WHERE vehicle_id = ANY ($1::int4[])
       AND during && tstzrange($2::timestamptz - interval '1 day', $2::timestamptz + interval '1 day')
), near AS (
    SELECT b.vehicle_id, b.device_id, f.* FROM bound b CROSS JOIN LATERAL (
           SELECT ts, digest, CASE $3::text WHEN 'fuel' THEN fuel_ml ELSE soc_permille END AS value
             FROM every_fix
            WHERE device_id = b.device_id AND ts >= b.lo AND ts < least(b.hi, $2::timestamptz)
              AND CASE $3::text WHEN 'fuel' THEN fuel_ml ELSE soc_permille END > 0
            ORDER BY ts DESC, digest LIMIT 12) AS f
    UNION ALL
    SELECT b.vehicle_id, b.device_id, f.* FROM bound b CROSS JOIN LATERAL (
           SELECT ts, digest, CASE $3::text WHEN 'fuel' THEN fuel_ml ELSE soc_permille END AS value
             FROM every_fix
            WHERE device_id = b.device_id AND ts >= greatest(b.lo, $2::timestamptz) AND ts < b.hi
              AND CASE $3::text WHEN 'fuel' THEN fuel_ml ELSE soc_permille END > 0
            ORDER BY ts, digest LIMIT 12) AS f
), once AS (
    SELECT DISTINCT ON (vehicle_id, ts, device_id) vehicle_id, ts, value::int4 AS value
      FROM near ORDER BY vehicle_id, ts, device_id, digest
), numbered AS (
    SELECT vehicle_id, ts, value,
           row_number() OVER (PARTITION BY vehicle_id, ts < $2 ORDER BY abs(extract(epoch FROM ts - $2))) AS place FROM once
)
SELECT vehicle_id, ts, value FROM numbered WHERE place <= 12 ORDER BY vehicle_id, ts;

-- name: borders
SELECT v.id AS vehicle_id,
       (SELECT max(last_at) FROM energy_event WHERE vehicle_id = v.id AND medium = $3 AND last_at <= $2) AS last_ended,
       n.started_at AS next_started, n.last_at AS next_ended
  FROM unnest($1::int4[]) AS v (id)
  LEFT JOIN LATERAL (SELECT started_at, last_at FROM energy_event
                      WHERE vehicle_id = v.id AND medium = $3 AND last_at > $2 ORDER BY last_at LIMIT 1) AS n ON true;

-- name: curve
WITH said AS (
    SELECT f.ts, f.fuel_ml, f.soc_permille, row_number() OVER (ORDER BY f.ts, f.digest) AS place, count(*) OVER () AS many
      FROM binding b
      JOIN every_fix f ON f.device_id = b.device_id AND f.ts <@ b.during
     WHERE b.vehicle_id = $1 AND f.ts >= $2 AND f.ts < $3 AND (f.fuel_ml > 0 OR f.soc_permille > 0)
)
SELECT ts, fuel_ml, soc_permille FROM said WHERE place % ((many - 1) / $4::int8 + 1) = 0 ORDER BY place;

-- name: slips
-- Whose card it was at that time, else whose plate.
SELECT r.id, r.kind AS medium, r.at, CASE r.kind WHEN 'fuel' THEN r.quantity_ml ELSE r.quantity_wh END AS amount,
       r.place, r.lon / 1e7::float8 AS lon, r.lat / 1e7::float8 AS lat,
       EXISTS (SELECT FROM binding b JOIN every_fix f ON f.device_id = b.device_id AND f.ts <@ b.during
                WHERE b.vehicle_id = $1 AND f.ts > r.at - interval '1 hour' AND f.ts < r.at + interval '1 hour'
                  AND CASE r.kind WHEN 'fuel' THEN f.fuel_ml ELSE f.soc_permille END > 0) AS watched
  FROM receipt r
  LEFT JOIN fuel_card c ON c.number = r.card_no
  LEFT JOIN vehicle_fuel_card vc ON vc.card_id = c.id AND vc.during @> r.at
  LEFT JOIN plate p ON p.number = r.plate
  LEFT JOIN vehicle_plate vp ON vp.plate_id = p.id AND vp.during @> r.at
 WHERE r.kind IN ('fuel', 'electricity') AND r.at >= $2 AND r.at < $3 AND coalesce(vc.vehicle_id, vp.vehicle_id) = $1
   AND r.amount_fen >= 0 AND r.reverses_txn IS NULL
   AND NOT EXISTS (SELECT FROM receipt o WHERE o.issuer = r.issuer AND o.reverses_txn = r.txn AND o.kind = r.kind AND o.line = r.line)
 ORDER BY r.at, r.id;
