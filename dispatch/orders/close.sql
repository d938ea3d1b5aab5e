-- name: enter
INSERT INTO check_in (client_key, driver_id, order_id, kind, taken_at, counter, received_at, odometer_m, note, body_digest, entered_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10);
