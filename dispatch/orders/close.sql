-- name: last_reading
-- The car's odometer as its other trips left it by then; where the phone told, not what was written down in its place.
SELECT c.odometer_m, c.taken_at
  FROM check_in c JOIN leg l ON l.order_id = c.order_id AND l.driver_id = c.driver_id
 WHERE l.vehicle_id = $1 AND c.order_id <> $2 AND l.kind = 'trip' AND l.status IN ('running', 'done')
   AND c.kind IN ('depart', 'return') AND c.odometer_m IS NOT NULL AND c.taken_at <= $3
   AND (c.entered_by IS NULL OR NOT EXISTS (
       SELECT 1 FROM check_in p WHERE p.order_id = c.order_id AND p.driver_id = c.driver_id AND p.kind = c.kind
          AND p.entered_by IS NULL AND p.odometer_m IS NOT NULL))
 ORDER BY c.taken_at DESC, c.odometer_m DESC LIMIT 1;

-- name: enter
INSERT INTO check_in (client_key, driver_id, order_id, kind, taken_at, counter, received_at, odometer_m, note, body_digest, entered_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10);
