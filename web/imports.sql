-- name: same_fence
SELECT EXISTS (SELECT FROM fence WHERE pool_id = $1 AND name = $2 AND kind = $3 AND lon = $4 AND lat = $5 AND radius_m = $6);

-- name: end_rule
UPDATE rule_setting SET during = tstzrange(lower(during), $4)
 WHERE rule = $1 AND pool_id IS NOT DISTINCT FROM $2::int4 AND settings <> $3::jsonb AND during @> $4::timestamptz AND lower(during) < $4;

-- name: begin_rule
INSERT INTO rule_setting (rule, pool_id, settings, during) SELECT $1, $2::int4, $3::jsonb, tstzrange($4, NULL)
 WHERE NOT EXISTS (SELECT FROM rule_setting WHERE rule = $1 AND pool_id IS NOT DISTINCT FROM $2::int4 AND settings = $3::jsonb
                      AND during @> $4::timestamptz);
