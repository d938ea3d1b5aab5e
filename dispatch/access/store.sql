-- name: open_session
INSERT INTO session (secret_digest, person_id) VALUES ($1, $2);

-- name: find_session
SELECT person_id, seen_at < now() - interval '1 minute' AS stale FROM session
 WHERE secret_digest = $1 AND ended_at IS NULL
   AND seen_at > now() - interval '30 minutes' AND created_at > now() - interval '12 hours';

-- name: touch_session
UPDATE session SET seen_at = now() WHERE secret_digest = $1 AND ended_at IS NULL;

-- name: end_session
UPDATE session SET ended_at = now() WHERE secret_digest = $1 AND ended_at IS NULL;

-- name: find_token
SELECT person_id, scopes FROM api_token WHERE secret_digest = $1 AND revoked_at IS NULL AND expires_at > now();

-- name: make_token
INSERT INTO api_token (secret_digest, person_id, name, scopes, expires_at) VALUES ($1, $2, $3, $4, now() + $5);

-- name: revoke_token
UPDATE api_token SET revoked_at = coalesce(revoked_at, now())
 WHERE id = $1 AND (person_id = $2 OR $3) RETURNING id;

-- name: principal
-- Grants hold in product time.
SELECT p.name, (SELECT d.id FROM driver d WHERE d.person_id = p.id) AS driver_id,
       coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'pool_id', g.pool_id, 'unit_id', g.unit_id,
                                                     'firm_id', g.firm_id) ORDER BY g.id)
                   FROM role_grant g WHERE g.person_id = p.id AND g.during @> $2::timestamptz), '[]') AS grants,
       coalesce((SELECT array_agg(id ORDER BY id) FROM pool), '{}') AS all_pools
  FROM person p WHERE p.id = $1;

-- name: grant
INSERT INTO role_grant (person_id, role, pool_id, unit_id, firm_id, during)
SELECT $1, $2, $3, $4, $5, tstzrange($6, NULL)
 WHERE NOT EXISTS (
    SELECT FROM role_grant g WHERE g.person_id = $1 AND g.role = $2 AND g.during @> $6::timestamptz
       AND g.pool_id IS NOT DISTINCT FROM $3 AND g.unit_id IS NOT DISTINCT FROM $4 AND g.firm_id IS NOT DISTINCT FROM $5)
RETURNING id;

-- name: is_set_up
SELECT EXISTS (SELECT FROM role_grant WHERE role = 'system_admin');

-- name: make_link
INSERT INTO sign_in_link (secret_digest, purpose, person_id, expires_at) VALUES ($1, $2, $3, now() + $4);

-- name: use_link
-- One statement: of two callers at once the second finds used_at set.
UPDATE sign_in_link SET used_at = now()
 WHERE secret_digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
RETURNING person_id;

-- name: first_holder
SELECT p.id, p.name FROM person p
 WHERE EXISTS (SELECT FROM role_grant g WHERE g.person_id = p.id AND g.role = $1 AND g.during @> $2::timestamptz)
 ORDER BY p.id LIMIT 1;

-- name: make_person
INSERT INTO person (code, name) VALUES ($1, $2) RETURNING id;

-- name: set_password
INSERT INTO password (person_id, argon2id, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (person_id) DO UPDATE SET argon2id = excluded.argon2id, changed_at = excluded.changed_at;

-- name: find_password
SELECT w.person_id, w.argon2id FROM password w JOIN person p ON p.id = w.person_id WHERE p.code = $1;

-- name: note_attempt
-- Bounded: old attempts go, and beyond one that locks no more are noted; they would not count anyway.
WITH old AS (
    DELETE FROM sign_in_failure WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM sign_in_failure WHERE at < clock_timestamp() - interval '1 hour' LIMIT 1000 FOR UPDATE SKIP LOCKED))
)
INSERT INTO sign_in_failure (account, address)
SELECT $1, $2
 WHERE (SELECT count(*) FROM sign_in_failure
         WHERE account = $1 AND address = $2 AND at > clock_timestamp() - interval '5 minutes') <= $3::int4;

-- name: count_attempts
SELECT count(*)::int4 FROM sign_in_failure
 WHERE account = $1 AND address = $2 AND at > clock_timestamp() - interval '5 minutes';

-- name: forget_attempts
DELETE FROM sign_in_failure WHERE account = $1 AND address = $2;

-- name: chain_head
SELECT seq, digest FROM audit_entry ORDER BY seq DESC LIMIT 1;

-- name: append
INSERT INTO audit_entry (seq, at, actor, action, object, pool_id, detail, prev, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: chain_after
SELECT * FROM audit_entry WHERE seq > $1 ORDER BY seq LIMIT $2;
