-- name: in_force
SELECT s.id, s.name, s.digest, (SELECT count(*) FROM road r WHERE r.road_set_id = s.id) AS roads,
       lower(s.during) AS since, upper(s.during) AS until
  FROM road_set s WHERE s.during @> $1::timestamptz;

-- name: sets
SELECT s.id, s.name, (SELECT count(*) FROM road r WHERE r.road_set_id = s.id) AS roads,
       lower(s.during) AS since, upper(s.during) AS until
  FROM road_set s ORDER BY lower(s.during);

-- name: drop_later_roads
DELETE FROM road r USING road_set s WHERE s.id = r.road_set_id AND lower(s.during) >= $1;

-- name: drop_later
DELETE FROM road_set WHERE lower(during) >= $1;

-- name: end_before
UPDATE road_set SET during = tstzrange(lower(during), $1) WHERE during @> $1::timestamptz;

-- name: begin
INSERT INTO road_set (name, digest, during) VALUES ($1, $2, tstzrange($3, NULL)) RETURNING id;

-- name: add
INSERT INTO road (road_set_id, class, limit_kmh, name, lon, lat) VALUES ($1, $2, $3, $4, $5, $6);

-- name: changed
UPDATE alarm_revision SET roads = roads + 1;

-- name: mark
-- As with fences: cars cross platforms, and younger fixes than a day ahead do not exist yet.
INSERT INTO vehicle_mark (vehicle_id, lo, hi)
SELECT DISTINCT vehicle_id, $1::timestamptz, greatest($1, product_now() + interval '1 day')
  FROM binding WHERE NOT upper(during) <= $1 OR upper(during) IS NULL ORDER BY vehicle_id;

-- name: roads_of
SELECT class, limit_kmh, name, lon, lat FROM road WHERE road_set_id = $1 ORDER BY id;
