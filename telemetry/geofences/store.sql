-- name: fences
SELECT id, lon, lat, radius_m, lower(during) AS lo, least(coalesce(upper(during), 'infinity'), '2200-01-01Z') AS hi
  FROM fence ORDER BY id;

-- name: put
-- Only a difference is written, so that importing the same register again folds nothing anew.
INSERT INTO fence AS f (pool_id, name, kind, lon, lat, radius_m, during)
VALUES ($1, $2, $3, $4, $5, $6, tstzrange($7, $8))
ON CONFLICT (pool_id, name) DO UPDATE
   SET kind = excluded.kind, lon = excluded.lon, lat = excluded.lat, radius_m = excluded.radius_m, during = excluded.during
 WHERE (f.kind, f.lon, f.lat, f.radius_m, f.during)
       IS DISTINCT FROM (excluded.kind, excluded.lon, excluded.lat, excluded.radius_m, excluded.during)
RETURNING id;

-- name: held
SELECT id, lower(during) AS lo FROM fence WHERE pool_id = $1 AND name = $2 FOR UPDATE;

-- name: mark
-- Cars cross platforms, so every vehicle is folded again from then on. A mark ends a day after product time:
-- younger fixes do not exist yet, and will make marks of their own.
INSERT INTO vehicle_mark (vehicle_id, lo, hi)
SELECT DISTINCT vehicle_id, $1::timestamptz, greatest($1, product_now() + interval '1 day')
  FROM binding WHERE NOT upper(during) <= $1 OR upper(during) IS NULL ORDER BY vehicle_id;

-- name: depots
-- Of each platform without one: a circle around its depot.
INSERT INTO fence (pool_id, name, kind, lon, lat, radius_m, during)
SELECT id, name || ' 车场', 'depot', lon, lat, $1, tstzrange($2, NULL)
  FROM pool p WHERE NOT EXISTS (SELECT FROM fence f WHERE f.pool_id = p.id AND f.kind = 'depot')
 ORDER BY id RETURNING id;

-- name: visits
SELECT id, vehicle_id, fence_id, entered_at, left_at
  FROM fence_visit
 WHERE vehicle_id = $1 AND entered_at < $3 AND (left_at IS NULL OR left_at >= $2)
 ORDER BY entered_at, fence_id;

-- name: inside_now
SELECT vehicle_id FROM fence_visit WHERE fence_id = $1 AND left_at IS NULL ORDER BY vehicle_id;

-- name: stored
-- Of several vehicles: what begins in the window of each.
SELECT w.vehicle_id, v.id, v.fence_id AS key, v.entered_at AS lo, coalesce(v.left_at, '2200-01-01Z') AS hi, v.version,
       v.left_at IS NULL AS is_open
  FROM unnest($1::int4[], $2::timestamptz[], $3::timestamptz[]) AS w (vehicle_id, lo, hi)
  JOIN fence_visit v ON v.vehicle_id = w.vehicle_id AND v.entered_at >= w.lo AND v.entered_at < w.hi
 ORDER BY w.vehicle_id, v.entered_at;

-- name: delete
DELETE FROM fence_visit WHERE id = ANY ($1::int8[]);

-- name: change
UPDATE fence_visit AS v SET entered_at = n.entered_at, left_at = n.left_at, version = n.version
  FROM unnest($1::int8[], $2::timestamptz[], $3::timestamptz[], $4::bytea[]) AS n (id, entered_at, left_at, version)
 WHERE v.id = n.id;

-- name: insert
INSERT INTO fence_visit (vehicle_id, fence_id, entered_at, left_at, version)
SELECT * FROM unnest($1::int4[], $2::int4[], $3::timestamptz[], $4::timestamptz[], $5::bytea[]);
