-- name: quarantine
-- The same bad payload sent again only counts; the order keeps two writers from deadlocking.
INSERT INTO quarantine AS q (device, topic, reason, detail, payload, payload_digest, received_at, times)
SELECT device, topic, reason, min(detail), payload, sha256(payload), max(received_at), count(*)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[])
       AS bad (device, topic, reason, detail, payload, received_at)
 GROUP BY device, topic, reason, payload
 ORDER BY device, topic, reason, sha256(payload)
ON CONFLICT (device, topic, reason, payload_digest) DO UPDATE
   SET times = q.times + excluded.times, received_at = excluded.received_at,
       payload = excluded.payload, shed_at = NULL, settled_at = NULL, outcome = NULL;

-- name: page
-- $1: platforms, NULL for all. A payload says where a vehicle was and what was bought: it is shown to the
-- platform that had the terminal's vehicle when it came, and what belongs to no vehicle only to who sees all.
-- $2: reason, $3: device, $4: whether it waits, each NULL for any; $5: before this id.
SELECT id, device, topic, reason, detail, payload, received_at, times, settled_at, outcome, shed_at IS NOT NULL AS shed
  FROM quarantine q
 WHERE ($5::int8 IS NULL OR id < $5)
   AND ($2::text IS NULL OR reason = $2)
   AND ($3::text IS NULL OR device = $3)
   AND ($4::boolean IS NULL OR (settled_at IS NULL) = $4)
   AND ($1::int4[] IS NULL OR EXISTS (
       SELECT FROM device d
         JOIN binding b ON b.device_id = d.id AND b.during @> q.received_at
         JOIN vehicle_pool vp ON vp.vehicle_id = b.vehicle_id AND vp.during @> q.received_at
        WHERE d.name = q.device AND vp.pool_id = ANY ($1)))
 ORDER BY id DESC LIMIT $6;

-- name: waiting_ids
-- Oldest first, to be tried again; visible as in page.
SELECT id FROM quarantine q
 WHERE settled_at IS NULL AND reason = $2 AND ($3::text IS NULL OR device = $3) AND id > $4
   AND ($1::int4[] IS NULL OR EXISTS (
       SELECT FROM device d
         JOIN binding b ON b.device_id = d.id AND b.during @> q.received_at
         JOIN vehicle_pool vp ON vp.vehicle_id = b.vehicle_id AND vp.during @> q.received_at
        WHERE d.name = q.device AND vp.pool_id = ANY ($1)))
 ORDER BY id LIMIT $5;

-- name: counts
SELECT reason, count(*) FILTER (WHERE settled_at IS NULL) AS waiting, count(settled_at) AS settled,
       max(received_at) AS newest
  FROM quarantine q
 WHERE $1::int4[] IS NULL OR EXISTS (
       SELECT FROM device d
         JOIN binding b ON b.device_id = d.id AND b.during @> q.received_at
         JOIN vehicle_pool vp ON vp.vehicle_id = b.vehicle_id AND vp.during @> q.received_at
        WHERE d.name = q.device AND vp.pool_id = ANY ($1))
 GROUP BY reason ORDER BY reason;

-- name: unsettled
SELECT id, device, topic, reason, detail, payload, received_at, times, settled_at, outcome, shed_at IS NOT NULL AS shed
  FROM quarantine WHERE settled_at IS NULL ORDER BY received_at DESC, id DESC LIMIT $1;

-- name: lock_entry
SELECT id, device, topic, reason, detail, payload, received_at, times, settled_at, outcome, shed_at IS NOT NULL AS shed
  FROM quarantine WHERE id = $1 FOR UPDATE;

-- name: count_unsettled
SELECT count(*) FROM quarantine WHERE settled_at IS NULL;

-- name: settle
UPDATE quarantine SET settled_at = $2, outcome = $3 WHERE id = $1 AND settled_at IS NULL RETURNING id;

-- name: detail
UPDATE quarantine SET detail = $2 WHERE id = $1;
