-- name: emit
INSERT INTO outbox (kind, pool_id, vehicle_id, at, data) VALUES ($1, $2, $3, $4, $5);

-- name: try_sequencer
SELECT pg_try_advisory_xact_lock($1, 0);

-- name: number_events
-- The counter row and the lock make numbers dense; only rows that are visible, so committed, get one.
WITH fresh AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM (
        SELECT id FROM outbox WHERE seq IS NULL ORDER BY id LIMIT 5000) waiting
), counted AS (
    UPDATE outbox_seq SET last = last + (SELECT count(*) FROM fresh) RETURNING last
), numbered AS (
    UPDATE outbox o SET seq = counted.last - (SELECT count(*) FROM fresh) + fresh.n
      FROM fresh, counted WHERE o.id = fresh.id RETURNING 1
)
SELECT count(*)::int4 FROM numbered;

-- name: events_since
SELECT seq, kind, pool_id, vehicle_id, at, data FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2;

-- name: last_seq
SELECT e.epoch, s.last FROM live_epoch e, outbox_seq s;
