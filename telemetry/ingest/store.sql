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

-- name: open_session
-- $3: the client wants a clean start; $4: it wants the session kept. While a client is connected its session
-- has no end, so that one that is cut off by our own death is still there when it comes back.
WITH before AS (
    SELECT expires_at > now() AS present FROM mqtt_session WHERE device_id = $1 AND client_id = $2
), kept AS (
    INSERT INTO mqtt_session (device_id, client_id, expires_at)
    SELECT $1, $2, 'infinity' WHERE $4
    ON CONFLICT (device_id, client_id) DO UPDATE SET expires_at = excluded.expires_at
), dropped AS (
    DELETE FROM mqtt_session WHERE device_id = $1 AND client_id = $2 AND NOT $4
)
SELECT coalesce((SELECT present FROM before), false) AND NOT $3::boolean;

-- name: end_session
UPDATE mqtt_session SET expires_at = now() + $3 * interval '1 second' WHERE device_id = $1 AND client_id = $2;

-- name: forget_sessions
DELETE FROM mqtt_session WHERE expires_at < now();
