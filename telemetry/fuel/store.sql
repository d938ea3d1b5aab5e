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
