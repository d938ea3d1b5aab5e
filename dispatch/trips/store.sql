-- name: cursor
SELECT coalesce((SELECT seq FROM event_cursor WHERE consumer = 'trips'), 0)::int8;

-- name: set_cursor
INSERT INTO event_cursor (consumer, seq) VALUES ('trips', $1)
ON CONFLICT (consumer) DO UPDATE SET seq = EXCLUDED.seq;

-- name: legs_of_orders
SELECT DISTINCT id FROM order_leg WHERE order_id = ANY ($1::int4[]) AND kind = 'trip' ORDER BY id;

-- name: read_marks
SELECT id, vehicle_id, lo, hi FROM fact_change WHERE consumer = 'trips' ORDER BY id LIMIT 500;

-- name: delete_marks
DELETE FROM fact_change WHERE id = ANY ($1::int8[]);

-- name: legs_touched
-- Whatever order the ends of a mark are in: a mark that raised would be read again for ever.
SELECT id FROM leg
 WHERE vehicle_id = $1 AND kind = 'trip' AND status = 'done' AND during && tstzrange(least($2::timestamptz, $3), greatest($2, $3::timestamptz), '[]')
 ORDER BY id;

-- name: read_leg
-- The first word of each kind counts; a phone that repeats itself under a new key changes nothing. What a dispatcher
-- wrote down counts where the phone said nothing.
SELECT l.id AS leg_id, l.order_id, l.vehicle_id, l.driver_id, l.status,
       lower(l.during) AS started_at, upper(l.during) AS ended_at, r.kind AS request_kind, o.pool_id,
       (SELECT odometer_m FROM check_in c WHERE c.order_id = l.order_id AND c.driver_id = l.driver_id
         AND c.kind = 'depart' ORDER BY odometer_m IS NULL, entered_by IS NOT NULL, taken_at, counter LIMIT 1) AS odometer_out_m,
       (SELECT odometer_m FROM check_in c WHERE c.order_id = l.order_id AND c.driver_id = l.driver_id
         AND c.kind = 'return' ORDER BY odometer_m IS NULL, entered_by IS NOT NULL, taken_at, counter LIMIT 1) AS odometer_in_m,
       (SELECT taken_at FROM check_in c WHERE c.order_id IN (SELECT order_id FROM order_leg WHERE id = l.id) AND c.driver_id = l.driver_id
         AND c.kind = 'onboard' ORDER BY taken_at, counter LIMIT 1) AS onboard_at,
       (SELECT taken_at FROM check_in c WHERE c.order_id = l.order_id AND c.driver_id = l.driver_id
         AND c.kind = 'arrive' ORDER BY taken_at, counter LIMIT 1) AS arrived_at
  FROM leg l JOIN dispatch_order o ON o.id = l.order_id JOIN trip_request r ON r.id = o.request_id
 WHERE l.id = $1 AND l.kind = 'trip';

-- name: upsert_trip
-- An unchanged trip is left alone, so that nothing downstream wakes for nothing.
INSERT INTO trip (leg_id, order_id, vehicle_id, driver_id, started_at, ended_at, gps_m, device_odometer_m,
                  driver_odometer_m, empty_m, declared_m, declared_source, variance_m, doubts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (leg_id) DO UPDATE SET
    order_id = EXCLUDED.order_id, vehicle_id = EXCLUDED.vehicle_id, driver_id = EXCLUDED.driver_id,
    started_at = EXCLUDED.started_at, ended_at = EXCLUDED.ended_at, gps_m = EXCLUDED.gps_m,
    device_odometer_m = EXCLUDED.device_odometer_m, driver_odometer_m = EXCLUDED.driver_odometer_m,
    empty_m = EXCLUDED.empty_m, declared_m = EXCLUDED.declared_m, declared_source = EXCLUDED.declared_source,
    variance_m = EXCLUDED.variance_m, doubts = EXCLUDED.doubts, version = trip.version + 1
WHERE (trip.vehicle_id, trip.driver_id, trip.started_at, trip.ended_at, trip.gps_m, trip.device_odometer_m,
       trip.driver_odometer_m, trip.empty_m, trip.declared_m, trip.declared_source, trip.variance_m, trip.doubts)
      IS DISTINCT FROM
      (EXCLUDED.vehicle_id, EXCLUDED.driver_id, EXCLUDED.started_at, EXCLUDED.ended_at, EXCLUDED.gps_m,
       EXCLUDED.device_odometer_m, EXCLUDED.driver_odometer_m, EXCLUDED.empty_m, EXCLUDED.declared_m,
       EXCLUDED.declared_source, EXCLUDED.variance_m, EXCLUDED.doubts)
RETURNING id;

-- name: mark_trip
INSERT INTO trip_mark (trip_id) VALUES ($1);

-- name: mark_receipts
-- What was bought around a trip may now belong to it.
INSERT INTO receipt_mark (receipt_id)
SELECT r.id FROM receipt r JOIN receipt_match m ON m.receipt_id = r.id
 WHERE m.vehicle_id = $1 AND r.at BETWEEN $2::timestamptz - interval '1 day' AND $3::timestamptz + interval '1 day'
 ORDER BY r.id;

-- name: on_day
SELECT t.id, t.order_id, o.order_no, o.pool_id, t.vehicle_id, t.driver_id, t.started_at, t.ended_at, t.gps_m,
       t.device_odometer_m, t.driver_odometer_m, t.empty_m, t.declared_m, t.declared_source, t.variance_m,
       t.doubts, p.number AS plate,
       (SELECT greatest(1, count(*))::int4 FROM ride_party r WHERE r.leg_id = t.leg_id AND r.left_at IS NULL) AS parties
  FROM trip t JOIN dispatch_order o ON o.id = t.order_id
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = t.vehicle_id AND vp.during @> t.started_at
  LEFT JOIN plate p ON p.id = vp.plate_id
  LEFT JOIN vehicle_pool k ON k.vehicle_id = t.vehicle_id AND k.during @> t.started_at
 WHERE t.ended_at >= $1 AND t.ended_at < $2
   AND ($3::int4[] IS NULL OR o.pool_id = ANY ($3) OR k.pool_id = ANY ($3))
 ORDER BY t.started_at, t.id;

-- name: distance_rule
SELECT settings FROM rule_setting
 WHERE rule = 'distance' AND (pool_id IS NULL OR pool_id = $1) AND during @> $2::timestamptz
 ORDER BY pool_id NULLS LAST LIMIT 1;

-- name: forget_distance_rules
DELETE FROM rule_setting WHERE rule = 'distance' AND pool_id IS NOT DISTINCT FROM $1::int4 AND lower(during) >= $2;

-- name: end_distance_rule
UPDATE rule_setting SET during = tstzrange(lower(during), $2)
 WHERE rule = 'distance' AND pool_id IS NOT DISTINCT FROM $1::int4 AND during @> $2::timestamptz;

-- name: begin_distance_rule
INSERT INTO rule_setting (rule, pool_id, settings, during) VALUES ('distance', $1, $2, tstzrange($3, NULL));

-- name: measure_again
-- As if the tracks of these trips had changed.
INSERT INTO fact_change (consumer, vehicle_id, lo, hi)
SELECT 'trips', t.vehicle_id, min(t.started_at), max(t.ended_at)
  FROM trip t JOIN dispatch_order o ON o.id = t.order_id
 WHERE t.ended_at >= $2 AND t.ended_at <= $3 AND ($1::int4 IS NULL OR o.pool_id = $1) GROUP BY t.vehicle_id;
