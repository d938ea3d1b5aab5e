-- name: park
-- Longer and longer pauses, an hour at most; those of folds (see telemetry.understand).
INSERT INTO parked_work AS p (room, subject, tries, traceback, retry_at)
VALUES ($1, $2, 1, $3, now() + interval '1 second')
ON CONFLICT (room, subject) DO UPDATE
   SET tries = p.tries + 1, traceback = excluded.traceback,
       retry_at = now() + least(interval '1 hour', interval '1 second' * 4 ^ least(p.tries, 6));

-- name: release
DELETE FROM parked_work WHERE room = $1 AND subject = ANY ($2::jsonb[]);

-- name: parked
SELECT room, subject, tries, traceback, first_at, retry_at, retry_at <= now() AS due
  FROM parked_work WHERE $1::text IS NULL OR room = $1 ORDER BY first_at, subject;
