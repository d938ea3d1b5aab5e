-- name: lock_key
SELECT pg_advisory_xact_lock(hashtextextended($1, 0));

-- name: recall
SELECT request_digest, status, response FROM idempotency WHERE principal = $1 AND key = $2;

-- name: keep
INSERT INTO idempotency (principal, key, request_digest, status, response, at) VALUES ($1, $2, $3, $4, $5, $6);
