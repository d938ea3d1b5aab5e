-- name: epoch
SELECT n FROM fence_epoch;

-- name: fences
SELECT fence_id, lower(during) AS lo, least(coalesce(upper(during), 'infinity'), '2200-01-01Z') AS hi, kind, shape_code,
       coalesce(radius_m, 0) AS radius_m, inner_mm, lon, lat, ring_ends, windows, confirm_fixes, confirm_s,
       limit_kmh
  FROM fence_version ORDER BY fence_id, during;

-- name: calendar
SELECT day, kind FROM calendar_day;

-- name: named
-- The fence of a platform and name, its versions over a period, and the name's own lock.
SELECT f.id, EXISTS (SELECT FROM fence_version v WHERE v.fence_id = f.id AND v.during && tstzrange($3, $4)) AS holds
  FROM fence f WHERE f.pool_id = $1 AND f.name = $2 FOR UPDATE;

-- name: create
INSERT INTO fence (pool_id, name) VALUES ($1, $2) RETURNING id;

-- name: hold
SELECT id, pool_id, name FROM fence WHERE id = $1 FOR UPDATE;

-- name: rename
UPDATE fence SET name = $2 WHERE id = $1;

-- name: snapshot
SELECT coalesce(jsonb_agg(to_jsonb(v) - 'id' ORDER BY v.during), '[]') FROM fence_version v WHERE fence_id = $1;

-- name: cut
-- Takes a period out of a fence's versions; what lies outside stays.
WITH taken AS (
    DELETE FROM fence_version WHERE fence_id = $1 AND during && tstzrange($2, $3) RETURNING *
)
INSERT INTO fence_version (fence_id, during, kind, shape, radius_m, windows, limit_kmh, confirm_fixes, confirm_s,
                           shape_code, inner_mm, lon, lat, ring_ends)
SELECT fence_id, unnest(tstzmultirange(during) - tstzmultirange(tstzrange($2, $3))), kind, shape, radius_m, windows,
       limit_kmh, confirm_fixes, confirm_s, shape_code, inner_mm, lon, lat, ring_ends
  FROM taken;

-- name: add
INSERT INTO fence_version (fence_id, during, kind, shape, radius_m, windows, limit_kmh, confirm_fixes, confirm_s,
                           shape_code, inner_mm, lon, lat, ring_ends)
VALUES ($1, tstzrange($2, $3), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: same
-- Whether one version says just this over the whole period.
SELECT EXISTS (
    SELECT FROM fence_version
     WHERE fence_id = $1 AND during @> tstzrange($2, $3)
       AND (kind, shape, windows) = ($4, $5::jsonb, $7::jsonb)
       AND (radius_m, limit_kmh, confirm_fixes, confirm_s) IS NOT DISTINCT FROM ($6::int4, $8::int2, $9::int2, $10::int4));

-- name: log
INSERT INTO fence_change (fence_id, at, by, action, since, until, name_before, versions_before, undoes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id;

-- name: change_of
SELECT c.fence_id, c.since, c.until, c.name_before, c.versions_before,
       EXISTS (SELECT FROM fence_change d WHERE d.fence_id = c.fence_id AND d.id > c.id) AS stale
  FROM fence_change c WHERE c.id = $1;

-- name: forget
DELETE FROM fence_version WHERE fence_id = $1;

-- name: restore
INSERT INTO fence_version (fence_id, during, kind, shape, radius_m, windows, limit_kmh, confirm_fixes, confirm_s,
                           shape_code, inner_mm, lon, lat, ring_ends)
SELECT fence_id, during, kind, shape, radius_m, windows, limit_kmh, confirm_fixes, confirm_s, shape_code, inner_mm,
       lon, lat, ring_ends
  FROM jsonb_populate_recordset(NULL::fence_version, $1);

-- name: changes
SELECT c.id, c.fence_id, c.at, c.by, c.action, c.since, c.until, c.undoes,
       (SELECT min(d.id) FROM fence_change d WHERE d.undoes = c.id) AS undone_by
  FROM fence_change c WHERE c.fence_id = $1 ORDER BY c.id DESC;

-- name: mark
-- Cars cross platforms, so every vehicle is folded again over the period. A mark ends a day after product time:
-- younger fixes do not exist yet, and will make marks of their own.
INSERT INTO vehicle_mark (vehicle_id, lo, hi)
SELECT DISTINCT vehicle_id, $1::timestamptz, greatest($1, least($2, product_now() + interval '1 day'))
  FROM binding WHERE during && tstzrange($1, $2) ORDER BY vehicle_id;

-- name: depots
-- Platforms without a fence of their depot.
SELECT id AS pool_id, name || ' 车场' AS name, lon, lat
  FROM pool p
 WHERE NOT EXISTS (SELECT FROM fence f JOIN fence_version v ON v.fence_id = f.id WHERE f.pool_id = p.id AND v.kind = 'depot')
 ORDER BY id;

-- name: lines
-- $1: at; of those that are not in force then ($4: shown too) the latest version before, else the first after.
SELECT f.id, f.pool_id, f.name, v.kind, v.shape, v.radius_m, v.windows, v.limit_kmh, v.confirm_fixes, v.confirm_s,
       lower(v.during) AS since, upper(v.during) AS until, v.during @> $1::timestamptz AS in_force,
       (SELECT count(*) FROM fence_visit i WHERE i.fence_id = f.id AND i.left_at IS NULL)::int4 AS inside
  FROM fence f
  JOIN LATERAL (SELECT * FROM fence_version w WHERE w.fence_id = f.id
                 ORDER BY w.during @> $1::timestamptz DESC, lower(w.during) <= $1 DESC,
                          CASE WHEN lower(w.during) <= $1 THEN $1 - lower(w.during) ELSE lower(w.during) - $1 END LIMIT 1) v ON true
 WHERE ($2::int4[] IS NULL OR f.pool_id = ANY ($2)) AND ($3::text[] IS NULL OR v.kind = ANY ($3))
   AND ($4 OR v.during @> $1) AND ($5::int4 IS NULL OR f.id = $5)
 ORDER BY f.pool_id, f.name;

-- name: versions
SELECT v.id, v.fence_id, f.pool_id, f.name, v.kind, v.shape, v.radius_m, v.windows, v.limit_kmh, v.confirm_fixes,
       v.confirm_s, lower(v.during) AS since, upper(v.during) AS until
  FROM fence_version v JOIN fence f ON f.id = v.fence_id
 WHERE v.fence_id = $1 ORDER BY v.during;

-- name: visits
SELECT id, vehicle_id, fence_id, entered_at, left_at
  FROM fence_visit
 WHERE vehicle_id = $1 AND entered_at < $3 AND (left_at IS NULL OR left_at >= $2)
 ORDER BY entered_at, fence_id;

-- name: visits_of
SELECT id, vehicle_id, fence_id, entered_at, left_at
  FROM fence_visit
 WHERE fence_id = $1 AND entered_at < $3 AND (left_at IS NULL OR left_at >= $2)
 ORDER BY entered_at, vehicle_id;

-- name: inside_now
SELECT v.id AS vehicle_id, v.code, pl.number AS plate, p.id AS pool_id, p.name AS pool_name, i.entered_at AS since
  FROM fence_visit i JOIN vehicle v ON v.id = i.vehicle_id
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = v.id AND vp.during @> product_now()
  LEFT JOIN plate pl ON pl.id = vp.plate_id
  LEFT JOIN vehicle_pool vo ON vo.vehicle_id = v.id AND vo.during @> product_now()
  LEFT JOIN pool p ON p.id = vo.pool_id
 WHERE i.fence_id = $1 AND i.left_at IS NULL ORDER BY i.entered_at, v.id;

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
