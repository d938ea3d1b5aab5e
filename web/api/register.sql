-- name: fences
SELECT id, pool_id, name, kind, lon, lat, radius_m, lower(during) AS since, upper(during) AS until FROM fence
 WHERE during @> $1::timestamptz AND pool_id = ANY ($2::int4[]) ORDER BY id;
