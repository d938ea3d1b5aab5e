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
