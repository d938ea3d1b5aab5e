-- name: words
-- What the authority, a platform ($1) and a vehicle ($2) say at a time; with the vehicle, its platform then.
SELECT rule, pool_id, vehicle_id, enabled, shadow, parameters, lower(during) AS lo,
       least(coalesce(upper(during), 'infinity'), '2200-01-01Z') AS hi
  FROM alarm_rule r
 WHERE during @> $3::timestamptz
   AND ((pool_id IS NULL AND vehicle_id IS NULL) OR vehicle_id = $2::int4
        OR pool_id = coalesce($1::int4, (SELECT p.pool_id FROM vehicle_pool p
                                          WHERE p.vehicle_id = $2 AND p.during @> $3::timestamptz)));

-- name: own
SELECT enabled, shadow, parameters, lower(during) AS since, upper(during) AS until
  FROM alarm_rule
 WHERE rule = $1 AND pool_id IS NOT DISTINCT FROM $2::int4 AND vehicle_id IS NOT DISTINCT FROM $3::int4
 ORDER BY lower(during);

-- name: take_out
-- What this scope said over the period; parts that stick out are put back.
DELETE FROM alarm_rule
 WHERE rule = $1 AND pool_id IS NOT DISTINCT FROM $2::int4 AND vehicle_id IS NOT DISTINCT FROM $3::int4
   AND during && tstzrange($4, $5)
RETURNING enabled, shadow, parameters, lower(during) AS since, upper(during) AS until;

-- name: put
INSERT INTO alarm_rule (rule, pool_id, vehicle_id, enabled, shadow, parameters, during)
VALUES ($1, $2, $3, $4, $5, $6, tstzrange($7, $8));

-- name: changed
UPDATE alarm_revision SET rules = rules + 1;

-- name: mark
-- The vehicles of the scope, over the time for which it speaks; none is younger than a day ahead.
INSERT INTO vehicle_mark (vehicle_id, lo, hi)
SELECT DISTINCT b.vehicle_id, $3::timestamptz, greatest($3, least($4, product_now() + interval '1 day'))
  FROM binding b
 WHERE b.during && tstzrange($3, $4)
   AND ($2::int4 IS NULL OR b.vehicle_id = $2)
   AND ($1::int4 IS NULL OR EXISTS (SELECT FROM vehicle_pool p WHERE p.vehicle_id = b.vehicle_id AND p.pool_id = $1
                                                                AND p.during && tstzrange($3, $4)))
 ORDER BY b.vehicle_id;
