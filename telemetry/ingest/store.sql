-- name: observe_fuel
WITH new AS (
    INSERT INTO fuel_observation (device_id, ts, digest, kind, fuel_ml, soc_permille, detail, received_at)
    SELECT device_id, ts, digest, kind, fuel_ml, soc_permille, detail, received_at
      FROM jsonb_to_recordset($1) AS i (device_id int4, ts timestamptz, digest int8, kind text, fuel_ml int4,
                                        soc_permille int2, detail jsonb, received_at timestamptz)
     ORDER BY device_id, ts, digest
    ON CONFLICT DO NOTHING RETURNING device_id, ts
)
INSERT INTO dirty_mark (device_id, lo, hi) SELECT device_id, min(ts), max(ts) FROM new GROUP BY device_id ORDER BY device_id;

-- name: observe_etc
WITH new AS (
    INSERT INTO etc_observation (device_id, ts, digest, obu, gantry, detail, received_at)
    SELECT device_id, ts, digest, obu, gantry, detail, received_at
      FROM jsonb_to_recordset($1) AS i (device_id int4, ts timestamptz, digest int8, obu text, gantry text,
                                        detail jsonb, received_at timestamptz)
     ORDER BY device_id, ts, digest
    ON CONFLICT DO NOTHING RETURNING device_id, ts
)
INSERT INTO dirty_mark (device_id, lo, hi) SELECT device_id, min(ts), max(ts) FROM new GROUP BY device_id ORDER BY device_id;

-- name: observe_status
WITH new AS (
    INSERT INTO device_status (device_id, ts, digest, state, detail, received_at)
    SELECT device_id, ts, digest, state, detail, received_at
      FROM jsonb_to_recordset($1) AS i (device_id int4, ts timestamptz, digest int8, state text,
                                        detail jsonb, received_at timestamptz)
     ORDER BY device_id, ts, digest
    ON CONFLICT DO NOTHING RETURNING device_id, ts
)
INSERT INTO dirty_mark (device_id, lo, hi) SELECT device_id, min(ts), max(ts) FROM new GROUP BY device_id ORDER BY device_id;

-- name: refuse_publish
INSERT INTO refused_publish (device, topic, reason) VALUES ($1, $2, $3);

-- name: forget_publishes
-- Bounded, so that a device that publishes nonsense does not fill the disk: the latest are kept.
DELETE FROM refused_publish WHERE id <= (SELECT max(id) FROM refused_publish) - $1::int8;

-- name: open_sessions
-- $3: the client wants a clean start; $4: it wants the session kept. While a client is connected its session
-- has no end, so that one that is cut off by our own death is still there when it comes back. Each (device,
-- client) stands once.
WITH asked AS (
    SELECT * FROM unnest($1::int4[], $2::text[], $3::boolean[], $4::boolean[]) AS a (device_id, client_id, clean, keep)
), kept AS (
    INSERT INTO mqtt_session (device_id, client_id, expires_at)
    SELECT device_id, client_id, 'infinity' FROM asked WHERE keep ORDER BY device_id, client_id
    ON CONFLICT (device_id, client_id) DO UPDATE SET expires_at = excluded.expires_at, seen_at = now()
), dropped AS (
    DELETE FROM mqtt_session s USING asked a
     WHERE s.device_id = a.device_id AND s.client_id = a.client_id AND NOT a.keep
)
SELECT a.device_id, a.client_id, NOT a.clean AND s.expires_at IS NOT NULL AND s.expires_at > now() AS present
  FROM asked a LEFT JOIN mqtt_session s USING (device_id, client_id);

-- name: still_here
-- Retention lets go whose client was not seen for long. Once a day is enough, and spares 10,000 writes a round.
UPDATE mqtt_session s SET seen_at = now() FROM unnest($1::int4[], $2::text[]) AS here (device_id, client_id)
 WHERE s.device_id = here.device_id AND s.client_id = here.client_id AND s.seen_at < now() - interval '1 day';

-- name: end_session
UPDATE mqtt_session SET expires_at = now() + $3 * interval '1 second', seen_at = now()
 WHERE device_id = $1 AND client_id = $2;

-- name: forget_sessions
DELETE FROM mqtt_session WHERE expires_at < now();

-- name: forget_more_sessions
-- Bounded, so that a device that comes back under ever new names does not fill the disk: its latest are kept.
DELETE FROM mqtt_session m
 USING (SELECT device_id, client_id, row_number() OVER (PARTITION BY device_id ORDER BY seen_at DESC, client_id) AS nth
          FROM mqtt_session) s
 WHERE m.device_id = s.device_id AND m.client_id = s.client_id AND s.nth > $1::int8;
