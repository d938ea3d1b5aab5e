-- name: stage
CREATE TEMPORARY TABLE IF NOT EXISTS fix_inbox (LIKE fix INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;

-- name: accept_staged
-- A device that lost its uplink sends old fixes again. The order keeps two writers from deadlocking.
-- Only what is new moves a marker: a fix sent again would come with a later received_at. The least of
-- both times keeps a fast clock from holding the marker in the future; 0/0 is a receiver without a fix.
WITH new AS (
    INSERT INTO fix SELECT * FROM fix_inbox ORDER BY device_id, ts, digest
    ON CONFLICT DO NOTHING
    RETURNING device_id, ts, received_at, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm
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
     ORDER BY device_id, least(ts, received_at) DESC, digest DESC
    ON CONFLICT (device_id) DO UPDATE
       SET changed_xid = pg_current_xact_id(), ts = excluded.ts, received_at = excluded.received_at,
           digest = excluded.digest, lon = excluded.lon, lat = excluded.lat,
           speed_dkmh = excluded.speed_dkmh, heading = excluded.heading,
           ignition = excluded.ignition, accuracy_dm = excluded.accuracy_dm
     WHERE (least(excluded.ts, excluded.received_at), excluded.digest)
         > (least(held.ts, held.received_at), held.digest)
)
SELECT count(*) FROM new;

-- name: lock_weeks
SELECT pg_advisory_xact_lock($1, 1);

-- name: ensure_weeks
SELECT count(*) FILTER (WHERE create_fix_week(monday))
  FROM generate_series(date_trunc('week', $1::timestamptz, 'UTC'), $2::timestamptz, interval '168 hours') AS monday;

-- name: weeks
SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'fix'::regclass ORDER BY 1;

-- name: quarantine
-- The same bad payload sent again only counts; the order keeps two writers from deadlocking.
INSERT INTO quarantine AS q (device, topic, reason, detail, payload, payload_digest, received_at, times)
SELECT device, topic, reason, min(detail), payload, sha256(payload), max(received_at), count(*)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[])
       AS bad (device, topic, reason, detail, payload, received_at)
 GROUP BY device, topic, reason, payload
 ORDER BY device, topic, reason, sha256(payload)
ON CONFLICT (device, topic, reason, payload_digest) DO UPDATE
   SET times = q.times + excluded.times, received_at = excluded.received_at, settled_at = NULL;

-- name: unsettled
SELECT id, device, topic, reason, detail, payload, received_at, times
  FROM quarantine WHERE settled_at IS NULL ORDER BY received_at DESC, id DESC LIMIT $1;

-- name: count_unsettled
SELECT count(*) FROM quarantine WHERE settled_at IS NULL;

-- name: settle
UPDATE quarantine SET settled_at = $2 WHERE id = $1 AND settled_at IS NULL RETURNING id;
