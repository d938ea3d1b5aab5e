-- name: fences
-- Circles; the other shapes have a page of their own.
SELECT f.id, f.pool_id, f.name, v.kind, v.lon[1] / 1e7 AS lon, v.lat[1] / 1e7 AS lat, v.radius_m,
       lower(v.during) AS since, upper(v.during) AS until
  FROM fence f JOIN fence_version v ON v.fence_id = f.id
 WHERE v.during @> $1::timestamptz AND f.pool_id = ANY ($2::int4[]) AND v.shape_code = 0 ORDER BY f.id;
