-- name: create
INSERT INTO device (name, kind, token_digest) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING
RETURNING id, name, kind, enabled;

-- name: rotate
-- $3: how long the old token still opens, seconds of the database's clock; 0: no longer. While one does, the
-- device was not seen with the present one: then it is that old one that the device has, and it goes on.
UPDATE device
   SET old_token_digest = CASE WHEN $3::float8 <= 0 THEN NULL
                               WHEN old_token_until > now() THEN old_token_digest ELSE token_digest END,
       old_token_until = CASE WHEN $3::float8 > 0 THEN now() + $3::float8 * interval '1 second' END,
       token_digest = $2, revision = revision + 1
 WHERE name = $1 RETURNING id;

-- name: forget_old_token
UPDATE device SET old_token_digest = NULL, old_token_until = NULL
 WHERE id = $1 AND token_digest = $2 AND old_token_digest IS NOT NULL;

-- name: enable
UPDATE device SET enabled = $2, revision = revision + 1 WHERE name = $1 RETURNING id;

-- name: find
SELECT id, name, kind, enabled FROM device WHERE name = $1;

-- name: credential
SELECT id, name, kind, enabled, token_digest,
       CASE WHEN old_token_until > now() THEN old_token_digest END AS old_token_digest
  FROM device WHERE name = $1;

-- name: credentials
SELECT id, name, kind, enabled, token_digest,
       CASE WHEN old_token_until > now() THEN old_token_digest END AS old_token_digest
  FROM device WHERE name = ANY ($1);

-- name: list
SELECT d.id, d.name, d.kind, d.enabled, b.vehicle_id
  FROM device d LEFT JOIN binding b ON b.device_id = d.id AND b.during @> $1::timestamptz
 ORDER BY d.name;

-- name: bound_at
SELECT device_id, vehicle_id FROM binding WHERE during @> $1::timestamptz;

-- name: history
SELECT device_id, vehicle_id, lower(during) AS since, upper(during) AS until
  FROM binding WHERE device_id = $1 ORDER BY during;

-- name: one_at_a_time
LOCK TABLE binding IN SHARE ROW EXCLUSIVE MODE;

-- name: cut
-- Takes a period out of the bindings of a device and of a vehicle (NULL: of no vehicle); what lies outside stays.
-- Every vehicle that loses a stretch is folded again over it. A mark ends a day after product time at the
-- latest: younger fixes do not exist yet, and will make marks of their own.
WITH taken AS (
    DELETE FROM binding
     WHERE (device_id = $1 OR vehicle_id = $2) AND during && tstzrange($3, $4)
    RETURNING device_id, vehicle_id, during
), kept AS (
    INSERT INTO binding (device_id, vehicle_id, during)
    SELECT device_id, vehicle_id, unnest(tstzmultirange(during) - tstzmultirange(tstzrange($3, $4))) FROM taken
)
INSERT INTO vehicle_mark (vehicle_id, lo, hi)
SELECT vehicle_id, lower(lost), greatest(lower(lost), least(upper(lost), product_now() + interval '1 day'))
  FROM taken, LATERAL (SELECT during * tstzrange($3, $4) AS lost) l
 ORDER BY vehicle_id;

-- name: bind
WITH bound AS (
    INSERT INTO binding (device_id, vehicle_id, during) VALUES ($1, $2, tstzrange($3, $4))
    RETURNING vehicle_id, during
)
INSERT INTO vehicle_mark (vehicle_id, lo, hi)
SELECT vehicle_id, lower(during), greatest(lower(during), least(upper(during), product_now() + interval '1 day'))
  FROM bound;

-- name: refuse
-- Bounded, so that a flood of made-up names does not fill the disk.
INSERT INTO refused_device AS r (name, reason, address)
SELECT $1, $2, $3
 WHERE EXISTS (SELECT FROM refused_device WHERE name = $1) OR (SELECT count(*) FROM refused_device) < 10000
ON CONFLICT (name) DO UPDATE
   SET reason = excluded.reason, address = excluded.address, last_at = now(), times = r.times + 1;

-- name: refused
SELECT name, reason, first_at, last_at, times, address, ignored FROM refused_device ORDER BY last_at DESC, name;

-- name: forget_refused
DELETE FROM refused_device WHERE name = $1;

-- name: ignore
UPDATE refused_device SET ignored = $2 WHERE name = $1 RETURNING name;

-- name: refused_publishes
-- $3: of devices that are on a vehicle of those platforms now; NULL: of all.
SELECT id, device, topic, reason, at FROM refused_publish r
 WHERE ($1::int8 IS NULL OR id < $1)
   AND ($3::int4[] IS NULL OR EXISTS (
       SELECT FROM device d
         JOIN binding b ON b.device_id = d.id AND b.during @> product_now()
         JOIN vehicle_pool vp ON vp.vehicle_id = b.vehicle_id AND vp.during @> product_now()
        WHERE d.name = r.device AND vp.pool_id = ANY ($3)))
 ORDER BY id DESC LIMIT $2;
