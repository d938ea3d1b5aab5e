-- name: quarantine_page
SELECT id, device, topic, reason, detail, payload, received_at, times, settled_at FROM quarantine
 WHERE $1::int8 IS NULL OR id < $1 ORDER BY id DESC LIMIT $2;
