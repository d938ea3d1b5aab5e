-- name: revision
-- What is kept in memory holds as long as these are the same.
SELECT rules, roads, (SELECT max(until) FROM intake_outage) AS outage FROM alarm_revision;

-- name: periods
-- The platforms of vehicles, and (pool_id NULL) when a terminal was on them.
SELECT vehicle_id, pool_id, lower(during) AS lo, least(coalesce(upper(during), 'infinity'), '2200-01-01Z') AS hi
  FROM vehicle_pool WHERE vehicle_id = ANY ($1::int4[])
UNION ALL
SELECT vehicle_id, NULL, lower(during), least(coalesce(upper(during), 'infinity'), '2200-01-01Z')
  FROM binding WHERE vehicle_id = ANY ($1::int4[])
 ORDER BY vehicle_id, lo;

-- name: rules
SELECT rule, pool_id, vehicle_id, enabled, shadow, parameters,
       lower(during) AS lo, least(coalesce(upper(during), 'infinity'), '2200-01-01Z') AS hi
  FROM alarm_rule ORDER BY rule, lower(during);

-- name: road_sets
SELECT id, lower(during) AS lo, least(coalesce(upper(during), 'infinity'), '2200-01-01Z') AS hi
  FROM road_set ORDER BY lower(during);

-- name: outages
SELECT since AS lo, until AS hi FROM intake_outage ORDER BY until;

-- name: stored
SELECT f.vehicle_id, f.id, f.rule AS key, f.started_at AS lo, coalesce(f.ended_at, '2200-01-01Z') AS hi, f.version,
       f.ended_at IS NULL AS is_open
  FROM unnest($1::int4[], $2::timestamptz[], $3::timestamptz[]) AS w (vehicle_id, lo, hi)
  JOIN alarm_fact f ON f.vehicle_id = w.vehicle_id AND f.started_at >= w.lo AND f.started_at < w.hi;

-- name: delete
DELETE FROM alarm_fact WHERE id = ANY ($1::int8[]);

-- name: change
UPDATE alarm_fact f
   SET started_at = n.started_at, raised_at = n.raised_at, red_at = n.red_at, ended_at = n.ended_at, peak = n.peak,
       bound = n.bound, cause = n.cause, lon = n.lon, lat = n.lat, version = n.version
  FROM unnest($1::int8[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::int4[],
              $7::int4[], $8::int2[], $9::int4[], $10::int4[], $11::bytea[])
       AS n (id, started_at, raised_at, red_at, ended_at, peak, bound, cause, lon, lat, version)
 WHERE f.id = n.id;

-- name: insert
INSERT INTO alarm_fact (vehicle_id, rule, started_at, raised_at, red_at, ended_at, peak, bound, cause, lon, lat, version)
SELECT * FROM unnest($1::int4[], $2::int2[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
                     $7::int4[], $8::int4[], $9::int2[], $10::int4[], $11::int4[], $12::bytea[])
RETURNING id;

-- name: withdraw
-- The facts ($1) vanish; what a person has closed stays closed.
WITH gone AS (
    UPDATE alarm_case
       SET fact_id = NULL, state = CASE WHEN state = 'closed' THEN state ELSE 'withdrawn_by_data' END
     WHERE fact_id = ANY ($1::int8[])
    RETURNING id, pool_id, vehicle_id, shadow, alarm_told(alarm_case) AS told
), noted AS (
    INSERT INTO alarm_case_event (case_id, at, kind, detail)
    SELECT id, $2::timestamptz, 'withdrawn_by_data', '{}' FROM gone ORDER BY id
)
INSERT INTO outbox (kind, pool_id, vehicle_id, at, data)
SELECT 'alarm.withdrawn_by_data', pool_id, vehicle_id, $2::timestamptz, told FROM gone WHERE NOT shadow ORDER BY id;

-- name: follow
-- The facts ($1) say something else now; $3: of the open ones. The ended come first, so that one case is open at a time.
WITH was AS (
    SELECT c.id AS case_id, c.severity AS was_severity, c.ended_at AS was_ended, f.*
      FROM alarm_case c JOIN alarm_fact f ON f.id = c.fact_id
     WHERE c.fact_id = ANY ($1::int8[]) AND (f.ended_at IS NULL) = $3::boolean
       FOR UPDATE OF c
), is_now AS (
    UPDATE alarm_case c
       SET started_at = was.started_at, raised_at = was.raised_at, ended_at = was.ended_at, peak = was.peak,
           bound = was.bound, cause = was.cause, lon = was.lon, lat = was.lat,
           severity = CASE WHEN was.red_at IS NOT NULL THEN 3 WHEN was.rule = 24 THEN 1 ELSE 2 END,
           state = CASE WHEN c.state = 'raised' AND was.ended_at IS NOT NULL THEN 'auto_cleared'
                        WHEN c.state = 'auto_cleared' AND was.ended_at IS NULL THEN 'raised'
                        ELSE c.state END
      FROM was WHERE c.id = was.case_id
    RETURNING c.id, c.pool_id, c.vehicle_id, c.shadow, c.severity, c.ended_at, was_severity, was_ended, alarm_told(c) AS told
), seen AS (
    SELECT id, pool_id, vehicle_id, shadow, told, kind, n
      FROM is_now CROSS JOIN LATERAL (VALUES
           (1, 'escalated', severity > was_severity), (2, 'eased', severity < was_severity),
           (3, 'cleared', ended_at IS NOT NULL AND was_ended IS NULL),
           (4, 'reopened', ended_at IS NULL AND was_ended IS NOT NULL)) AS k (n, kind, is_so)
     WHERE is_so
), noted AS (
    INSERT INTO alarm_case_event (case_id, at, kind, detail)
    SELECT id, $2::timestamptz, kind, '{}' FROM seen ORDER BY id, n
)
INSERT INTO outbox (kind, pool_id, vehicle_id, at, data)
SELECT 'alarm.' || kind, pool_id, vehicle_id, $2::timestamptz, told FROM seen WHERE NOT shadow ORDER BY id, n;

-- name: open
-- A new fact ($1) takes up the youngest withdrawn case whose time it touches, or opens one.
WITH fresh AS (
    SELECT f.*, p.pool_id, coalesce(s.shadow, false) AS shadow
      FROM alarm_fact f
      LEFT JOIN vehicle_pool p ON p.vehicle_id = f.vehicle_id AND p.during @> f.raised_at
      LEFT JOIN LATERAL (
           SELECT r.shadow FROM alarm_rule r
            WHERE r.rule = f.rule AND r.during @> f.raised_at AND r.shadow IS NOT NULL
              AND (r.vehicle_id = f.vehicle_id OR r.pool_id = p.pool_id OR (r.vehicle_id IS NULL AND r.pool_id IS NULL))
            ORDER BY r.vehicle_id NULLS LAST, r.pool_id NULLS LAST LIMIT 1) s ON true
     WHERE f.id = ANY ($1::int8[])
), touched AS (
    SELECT DISTINCT ON (f.id) f.id AS fact_id, c.id AS case_id
      FROM fresh f JOIN alarm_case c ON c.vehicle_id = f.vehicle_id AND c.rule = f.rule AND c.fact_id IS NULL
       AND c.started_at <= coalesce(f.ended_at, 'infinity') AND coalesce(c.ended_at, 'infinity') >= f.started_at
     ORDER BY f.id, c.id DESC
), back AS (
    SELECT DISTINCT ON (case_id) case_id, fact_id FROM touched ORDER BY case_id, fact_id
), restored AS (
    UPDATE alarm_case c
       SET fact_id = f.id, started_at = f.started_at, raised_at = f.raised_at, ended_at = f.ended_at, peak = f.peak,
           bound = f.bound, cause = f.cause, lon = f.lon, lat = f.lat,
           severity = CASE WHEN f.red_at IS NOT NULL THEN 3 WHEN f.rule = 24 THEN 1 ELSE 2 END,
           state = CASE WHEN c.state = 'closed' THEN 'closed'
                        WHEN EXISTS (SELECT FROM alarm_case_event e WHERE e.case_id = c.id AND e.kind = 'acknowledged') THEN 'acknowledged'
                        WHEN f.ended_at IS NULL THEN 'raised'
                        ELSE 'auto_cleared' END
      FROM back JOIN fresh f ON f.id = back.fact_id
     WHERE c.id = back.case_id
    RETURNING c.id, c.pool_id, c.vehicle_id, c.shadow, alarm_told(c) AS told, 'restored' AS kind
), opened AS (
    INSERT INTO alarm_case (vehicle_id, rule, pool_id, fact_id, state, severity, shadow, notify, opened_at, started_at,
                            raised_at, ended_at, peak, bound, cause, lon, lat)
    SELECT vehicle_id, rule, pool_id, id, CASE WHEN ended_at IS NULL THEN 'raised' ELSE 'auto_cleared' END,
           CASE WHEN red_at IS NOT NULL THEN 3 WHEN rule = 24 THEN 1 ELSE 2 END, shadow,
           raised_at >= $2::timestamptz - interval '15 minutes', $2::timestamptz, started_at, raised_at, ended_at,
           peak, bound, cause, lon, lat
      FROM fresh WHERE id NOT IN (SELECT fact_id FROM back) ORDER BY vehicle_id, rule, started_at
    RETURNING id, pool_id, vehicle_id, shadow, alarm_told(alarm_case) AS told, 'opened' AS kind
), seen AS (
    SELECT * FROM restored UNION ALL SELECT * FROM opened
), noted AS (
    INSERT INTO alarm_case_event (case_id, at, kind, detail) SELECT id, $2::timestamptz, kind, '{}' FROM seen ORDER BY id
)
INSERT INTO outbox (kind, pool_id, vehicle_id, at, data)
SELECT 'alarm.' || kind, pool_id, vehicle_id, $2::timestamptz, told FROM seen WHERE NOT shadow ORDER BY id;
