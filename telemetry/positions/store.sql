-- name: stage
CREATE TEMPORARY TABLE IF NOT EXISTS fix_inbox (LIKE fix INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;

-- name: by_key
-- For the rest of the transaction. A plan that was made and kept while a week was empty would read all of it
-- for each row, once it is full.
SET LOCAL enable_seqscan = off;

-- name: accept_variants
-- What another digest says of a moment that is stored. A statement of its own, after accept_staged: its
-- snapshot sees what accept_staged had to wait for.
-- LATERAL and OFFSET: one look by the key for each row. A hash join would read all fixes there are.
-- Only a marker that moves is locked: these come out of order with those of accept_staged.
WITH new AS (
    INSERT INTO fix_variant
    SELECT i.*
      FROM fix_inbox i
     CROSS JOIN LATERAL (SELECT f.digest FROM fix f WHERE f.device_id = i.device_id AND f.ts = i.ts OFFSET 0) f
     WHERE f.digest <> i.digest ORDER BY i.device_id, i.ts, i.digest
    ON CONFLICT DO NOTHING
    RETURNING device_id, ts, ts + delay_ds * interval '100 ms' AS received_at, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm
), marked AS (
    INSERT INTO dirty_mark (device_id, lo, hi)
    SELECT device_id, min(ts), max(ts) FROM new GROUP BY device_id
), moved AS (
    INSERT INTO live_position AS held
           (device_id, ts, received_at, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm)
    SELECT DISTINCT ON (n.device_id) n.*
      FROM new n LEFT JOIN live_position h ON h.device_id = n.device_id
     WHERE (n.lon <> 0 OR n.lat <> 0)
       AND (h.device_id IS NULL
            OR (least(n.ts, n.received_at), n.ts, ~n.digest) > (least(h.ts, h.received_at), h.ts, ~h.digest))
     ORDER BY n.device_id, least(n.ts, n.received_at) DESC, n.ts DESC, n.digest
    ON CONFLICT (device_id) DO UPDATE
       SET changed_xid = pg_current_xact_id(), ts = excluded.ts, received_at = excluded.received_at,
           digest = excluded.digest, lon = excluded.lon, lat = excluded.lat,
           speed_dkmh = excluded.speed_dkmh, heading = excluded.heading,
           ignition = excluded.ignition, accuracy_dm = excluded.accuracy_dm
     WHERE (least(excluded.ts, excluded.received_at), excluded.ts, ~excluded.digest)
         > (least(held.ts, held.received_at), held.ts, ~held.digest)
)
SELECT count(*) FROM new;

-- name: accept_staged
-- A device that lost its uplink sends old fixes again. The order keeps two writers from deadlocking.
-- Only what is new moves a marker: a fix sent again would come with a later received_at. The least of
-- both times keeps a fast clock from holding the marker in the future; of one moment the least digest counts,
-- as in the folds, whichever came first. 0/0 is a receiver without a fix.
WITH new AS (
    INSERT INTO fix SELECT * FROM fix_inbox ORDER BY device_id, ts, digest
    ON CONFLICT DO NOTHING
    RETURNING device_id, ts, ts + delay_ds * interval '100 ms' AS received_at, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm
), marked AS (
    INSERT INTO dirty_mark (device_id, lo, hi)
    SELECT device_id, min(ts), max(ts) FROM new GROUP BY device_id
), moved AS (
    INSERT INTO live_position AS held
           (device_id, ts, received_at, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm)
    SELECT DISTINCT ON (device_id)
           device_id, ts, received_at, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm
      FROM new
     WHERE lon <> 0 OR lat <> 0
     ORDER BY device_id, least(ts, received_at) DESC, ts DESC, digest
    ON CONFLICT (device_id) DO UPDATE
       SET changed_xid = pg_current_xact_id(), ts = excluded.ts, received_at = excluded.received_at,
           digest = excluded.digest, lon = excluded.lon, lat = excluded.lat,
           speed_dkmh = excluded.speed_dkmh, heading = excluded.heading,
           ignition = excluded.ignition, accuracy_dm = excluded.accuracy_dm
     WHERE (least(excluded.ts, excluded.received_at), excluded.ts, ~excluded.digest)
         > (least(held.ts, held.received_at), held.ts, ~held.digest)
)
SELECT count(*) FROM new;

-- name: lock_weeks
SELECT pg_advisory_xact_lock($1, 1);

-- name: ensure_weeks
SELECT count(*) FILTER (WHERE create_fix_week(monday))
  FROM generate_series(date_trunc('week', $1::timestamptz, 'UTC'), $2::timestamptz, interval '168 hours') AS monday;

-- name: horizon
SELECT nullif(since, '-infinity') FROM raw_horizon;

-- name: weeks
SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'fix'::regclass ORDER BY 1;
