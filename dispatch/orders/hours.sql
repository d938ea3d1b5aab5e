-- name: in_force
SELECT settings FROM rule_setting
 WHERE rule = 'drive_times' AND pool_id IS NULL AND during @> coalesce($1::timestamptz, product_now());

-- name: drives
-- Ways that one party drove by itself and a phone told of: getting on, and arriving.
SELECT f.lon, f.lat, t.lon, t.lat, b.taken_at, a.taken_at
  FROM dispatch_order o
  JOIN trip_request r ON r.id = o.request_id
  JOIN place f ON f.id = r.from_place
  JOIN place t ON t.id = r.to_place
  CROSS JOIN LATERAL (SELECT min(taken_at) AS taken_at FROM check_in
                       WHERE order_id = o.id AND kind = 'onboard' AND entered_by IS NULL) b
  CROSS JOIN LATERAL (SELECT min(taken_at) AS taken_at FROM check_in
                       WHERE order_id = o.id AND kind = 'arrive' AND entered_by IS NULL) a
 WHERE o.state = 'completed' AND o.closed_at >= $1 AND o.closed_at <= $2 AND a.taken_at > b.taken_at
   AND NOT EXISTS (SELECT FROM ride_party p WHERE p.order_id = o.id AND p.left_at IS NULL);

-- name: forget
DELETE FROM rule_setting WHERE rule = 'drive_times' AND pool_id IS NULL AND lower(during) >= $1;

-- name: end
UPDATE rule_setting SET during = tstzrange(lower(during), $1)
 WHERE rule = 'drive_times' AND pool_id IS NULL AND during @> $1::timestamptz;

-- name: begin
INSERT INTO rule_setting (rule, pool_id, settings, during) VALUES ('drive_times', NULL, $1, tstzrange($2, NULL));
