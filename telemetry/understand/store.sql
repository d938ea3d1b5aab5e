-- name: resolve
-- Device marks become vehicle marks in one statement, so in one snapshot with the bindings. A mark of a device that
-- is bound to nothing goes: whoever binds it over that time writes vehicle marks for it.
WITH taken AS (
    DELETE FROM dirty_mark
     WHERE id IN (SELECT id FROM dirty_mark ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED)
    RETURNING device_id, lo, hi
), marked AS (
    INSERT INTO vehicle_mark (vehicle_id, lo, hi)
    SELECT b.vehicle_id, min(t.lo), max(t.hi)
      FROM taken t JOIN binding b ON b.device_id = t.device_id AND b.during && tstzrange(t.lo, t.hi, '[]')
     GROUP BY 1 ORDER BY 1
)
SELECT count(*) FROM taken;

-- name: due
-- Vehicles with marks, oldest mark first; a parked fold waits for its time.
SELECT m.vehicle_id
  FROM vehicle_mark m
 WHERE NOT EXISTS (SELECT FROM parked_fold p WHERE p.vehicle_id = m.vehicle_id AND p.retry_at > now())
 GROUP BY m.vehicle_id ORDER BY min(m.id) LIMIT $1;

-- name: awake
-- Vehicles whose silence means something now ($1: product time).
SELECT w.vehicle_id
  FROM wake w
 WHERE w.wake_at <= $1
   AND NOT EXISTS (SELECT FROM parked_fold p WHERE p.vehicle_id = w.vehicle_id AND p.retry_at > now())
 ORDER BY w.wake_at LIMIT $2;

-- name: watch
SELECT listened, deaf_until FROM intake_watch;

-- name: lock
-- Those that nobody else folds, until the transaction ends.
SELECT vehicle_id FROM unnest($2::int4[]) AS v (vehicle_id) WHERE pg_try_advisory_xact_lock($1, vehicle_id);

-- name: marks
SELECT vehicle_id, array_agg(id) AS ids, min(lo) AS lo, max(least(hi, '2200-01-01Z')) AS hi
  FROM vehicle_mark WHERE vehicle_id = ANY ($1::int4[]) GROUP BY vehicle_id;

-- name: delete_marks
-- Exactly those that were read; and a fold that succeeds is parked no more.
WITH done AS (DELETE FROM vehicle_mark WHERE id = ANY ($1::int8[]))
DELETE FROM parked_fold WHERE vehicle_id = ANY ($2::int4[]);

-- name: heads
-- Without a time: nothing was ever heard of it.
SELECT v.vehicle_id, h.at, h.digest, h.state
  FROM unnest($1::int4[]) AS v (vehicle_id) LEFT JOIN fold_head h ON h.vehicle_id = v.vehicle_id
 WHERE h.fold_version = $2
    OR (h.vehicle_id IS NULL AND NOT EXISTS (SELECT FROM checkpoint c WHERE c.vehicle_id = v.vehicle_id));

-- name: checkpoints
-- First, with its state and no kind, the newest of this fold version that saw nothing from $2 on; then all after it.
WITH known AS (
    SELECT at, kind, fold_version, digest, state::text FROM checkpoint WHERE vehicle_id = $1
    UNION ALL
    SELECT at, 'head', fold_version, digest, state FROM fold_head WHERE vehicle_id = $1
), start AS (
    SELECT at, state FROM known WHERE at <= $2 AND fold_version = $3 ORDER BY at DESC LIMIT 1
)
SELECT at, NULL AS kind, NULL AS digest, state FROM start
UNION ALL
SELECT at, kind, digest, NULL FROM known WHERE at > coalesce((SELECT at FROM start), '-infinity')
 ORDER BY at, kind NULLS FIRST;

-- name: signals
-- What the terminals of several vehicles said beside fixes, each in a time of its own. The codes are
-- telemetry.streams.Signal.
SELECT w.vehicle_id, s.ts, w.device_id, s.kind, s.fuel_ml, s.soc_permille, s.added_ml, s.lon, s.lat
  FROM (SELECT v.vehicle_id, b.device_id, greatest(v.lo, lower(b.during)) AS lo, least(v.hi, upper(b.during)) AS hi
          FROM unnest($1::int4[], $2::timestamptz[], $3::timestamptz[]) AS v (vehicle_id, lo, hi)
          JOIN binding b ON b.vehicle_id = v.vehicle_id AND lower(b.during) < v.hi
                        AND (upper_inf(b.during) OR upper(b.during) > v.lo)) AS w
 CROSS JOIN LATERAL (
        SELECT ts, digest, CASE state WHEN 'online' THEN 1 WHEN 'offline' THEN 2 WHEN 'power-cut' THEN 3
                                      WHEN 'low-battery' THEN 4 WHEN 'tampered' THEN 5 ELSE 0 END AS kind,
               -1 AS fuel_ml, -1 AS soc_permille, -1 AS added_ml, 2147483647 AS lon, 2147483647 AS lat
          FROM device_status WHERE device_id = w.device_id AND ts >= w.lo AND ts < w.hi
        UNION ALL
        SELECT ts, digest, CASE kind WHEN 'level' THEN 11 WHEN 'refuelling' THEN 12 WHEN 'charging' THEN 13 ELSE 0 END,
               coalesce(fuel_ml, -1), coalesce(soc_permille, -1::int2),
               coalesce((detail ->> 'added_ml')::int4, -1), 2147483647, 2147483647
          FROM fuel_observation WHERE device_id = w.device_id AND ts >= w.lo AND ts < w.hi
        UNION ALL
        SELECT ts, digest, 21, -1, -1, -1,
               coalesce(round((detail ->> 'lon')::float8 * 1e7)::int4, 2147483647),
               coalesce(round((detail ->> 'lat')::float8 * 1e7)::int4, 2147483647)
          FROM etc_observation WHERE device_id = w.device_id AND ts >= w.lo AND ts < w.hi) AS s
 ORDER BY w.vehicle_id, s.ts, s.kind, s.digest;

-- name: delete_checkpoints
DELETE FROM checkpoint AS c USING unnest($1::int4[], $2::timestamptz[], $3::text[]) AS gone (vehicle_id, at, kind)
 WHERE (c.vehicle_id, c.at, c.kind) = (gone.vehicle_id, gone.at, gone.kind);

-- name: insert_checkpoints
INSERT INTO checkpoint (fold_version, vehicle_id, at, kind, digest, state)
SELECT $1, vehicle_id, at, kind, digest, state::jsonb
  FROM unnest($2::int4[], $3::timestamptz[], $4::text[], $5::bytea[], $6::text[]) AS c (vehicle_id, at, kind, digest, state);

-- name: move_heads
INSERT INTO fold_head (fold_version, vehicle_id, at, digest, state)
SELECT $1, * FROM unnest($2::int4[], $3::timestamptz[], $4::bytea[], $5::text[])
ON CONFLICT (vehicle_id) DO UPDATE
   SET at = excluded.at, fold_version = excluded.fold_version, digest = excluded.digest, state = excluded.state;

-- name: delete_heads
DELETE FROM fold_head WHERE vehicle_id = ANY ($1::int4[]);

-- name: set_motions
-- Written when they differ.
INSERT INTO live_state AS held (vehicle_id, motion, since)
SELECT * FROM unnest($1::int4[], $2::text[], $3::timestamptz[])
ON CONFLICT (vehicle_id) DO UPDATE
   SET changed_xid = pg_current_xact_id(), motion = excluded.motion, since = excluded.since
 WHERE (held.motion, held.since) IS DISTINCT FROM (excluded.motion, excluded.since);

-- name: set_wakes
-- When silence will mean something, or NULL ($1: product time). A timer that rings too early asks again, so it is
-- moved only when it would ring too late or rang already.
WITH new AS (
    SELECT * FROM unnest($2::int4[], $3::timestamptz[]) AS n (vehicle_id, wake_at)
), gone AS (
    DELETE FROM wake AS w USING new WHERE w.vehicle_id = new.vehicle_id AND new.wake_at IS NULL
)
INSERT INTO wake AS held (vehicle_id, wake_at) SELECT vehicle_id, wake_at FROM new WHERE wake_at IS NOT NULL
ON CONFLICT (vehicle_id) DO UPDATE SET wake_at = excluded.wake_at
 WHERE held.wake_at <= $1 OR held.wake_at > excluded.wake_at;

-- name: tell
-- Each consumer has its own copy, and deletes exactly what it read.
INSERT INTO fact_change (consumer, vehicle_id, lo, hi)
SELECT * FROM unnest($1::text[], $2::int4[], $3::timestamptz[], $4::timestamptz[]);

-- name: park
-- Retried at once by the next round, then after longer and longer pauses, an hour at most.
INSERT INTO parked_fold AS p (vehicle_id, tries, traceback, retry_at)
VALUES ($1, 1, $2, now() + interval '1 second')
ON CONFLICT (vehicle_id) DO UPDATE
   SET tries = p.tries + 1, traceback = excluded.traceback,
       retry_at = now() + least(interval '1 hour', interval '1 second' * 4 ^ least(p.tries, 6));

-- name: parked
SELECT vehicle_id, tries, traceback, first_at, retry_at FROM parked_fold ORDER BY vehicle_id;

-- name: quiet
SELECT NOT EXISTS (SELECT FROM dirty_mark) AND NOT EXISTS (
           SELECT FROM vehicle_mark m WHERE NOT EXISTS (SELECT FROM parked_fold p WHERE p.vehicle_id = m.vehicle_id));
