-- name: same_fence
-- Nothing else was ever said of it.
SELECT bool_and(v.kind = $3 AND v.radius_m = $6 AND v.shape = jsonb_build_object('type', 'Point', 'coordinates',
                jsonb_build_array($4::double precision, $5::double precision)))
  FROM fence f JOIN fence_version v ON v.fence_id = f.id WHERE f.pool_id = $1 AND f.name = $2;

-- name: end_rule
UPDATE rule_setting SET during = tstzrange(lower(during), $4)
 WHERE rule = $1 AND pool_id IS NOT DISTINCT FROM $2::int4 AND settings <> $3::jsonb AND during @> $4::timestamptz AND lower(during) < $4;

-- name: begin_rule
INSERT INTO rule_setting (rule, pool_id, settings, during) SELECT $1, $2::int4, $3::jsonb, tstzrange($4, NULL)
 WHERE NOT EXISTS (SELECT FROM rule_setting WHERE rule = $1 AND pool_id IS NOT DISTINCT FROM $2::int4 AND settings = $3::jsonb
                      AND during @> $4::timestamptz);
