-- name: held
-- Live legs that touch a period: of the given cars and drivers, or of all where both lists are NULL; of these numbers alone.
-- A shared ride goes from its first stop to its last, with all who ride, under the order that it stands under.
SELECT l.id, l.order_id, o.order_no, o.state AS order_state, o.request_id, r.pool_id, r.unit_id, l.vehicle_id, l.driver_id, l.kind, l.status,
       lower(l.during) AS starts, upper(l.during) AS ends,
       coalesce(s.on_at, r.depart_at) AS depart_at, coalesce(s.off_at, r.return_at) AS return_at,
       f.lon AS f_lon, f.lat AS f_lat, t.lon AS t_lon, t.lat AS t_lat,
       s.driving_s AS ride_s, s.loaded_m AS ride_m, r.kind AS request_kind,
       coalesce(r.drive_s, 0) AS drive_s, coalesce(r.distance_m, 0) AS distance_m,
       coalesce(s.passengers, r.passengers, 0) AS passengers
  FROM leg l
  LEFT JOIN dispatch_order o ON o.id = l.order_id
  LEFT JOIN trip_request r ON r.id = o.request_id
  LEFT JOIN LATERAL (
      SELECT ride.driving_s, ride.loaded_m, min(p.on_at) AS on_at, max(p.off_at) AS off_at, sum(q.passengers)::int4 AS passengers,
             (array_agg(q.from_place ORDER BY p.on_turn))[1] AS first_place,
             (array_agg(CASE q.kind WHEN 'drop_off' THEN q.to_place ELSE q.from_place END ORDER BY p.off_turn DESC))[1] AS last_place
        FROM ride JOIN ride_party p ON p.leg_id = ride.leg_id AND p.left_at IS NULL
        JOIN dispatch_order po ON po.id = p.order_id JOIN trip_request q ON q.id = po.request_id
       WHERE ride.leg_id = l.id GROUP BY ride.leg_id) s ON true
  LEFT JOIN place f ON f.id = coalesce(s.first_place, r.from_place)
  LEFT JOIN place t ON t.id = coalesce(s.last_place, CASE r.kind WHEN 'drop_off' THEN r.to_place ELSE r.from_place END)
 WHERE l.status IN ('held', 'assigned', 'running', 'done') AND l.during && tstzrange($1, $2)
   AND ($3::int4[] IS NULL OR l.vehicle_id = ANY ($3::int4[]) OR l.driver_id = ANY ($4::int4[]))
   AND ($5::int4[] IS NULL OR l.id = ANY ($5::int4[]))
 ORDER BY l.id;

-- name: next_number
INSERT INTO order_number AS n (pool_id, day, last) VALUES ($1, $2, 1)
ON CONFLICT (pool_id, day) DO UPDATE SET last = n.last + 1 RETURNING last;

-- name: insert_order
INSERT INTO dispatch_order (order_no, request_id, pool_id, state, rental_firm_id, rental_price_fen, rental_proof,
    settlement_fen, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id;

-- name: insert_leg
INSERT INTO leg (order_id, vehicle_id, driver_id, kind, status, during, planned)
VALUES ($1, $2, $3, 'trip', 'assigned', tstzrange($4, $5), tstzrange($4, $5)) RETURNING id;

-- name: shift_leg
UPDATE leg SET during = tstzrange($2, $3), planned = tstzrange($2, $3) WHERE id = $1;

-- name: order
SELECT id, order_no, request_id, pool_id, state, rental_firm_id, settlement_fen, version, created_at, closed_at
  FROM dispatch_order WHERE id = $1;

-- name: live_order
SELECT id, order_no, request_id, pool_id, state, rental_firm_id, settlement_fen, version, created_at, closed_at
  FROM dispatch_order WHERE request_id = $1 AND state NOT IN ('aborted', 'displaced');

-- name: order_leg
SELECT id, order_id, vehicle_id, driver_id, status, lower(during) AS starts, upper(during) AS ends,
       lower(planned) AS planned_starts, upper(planned) AS planned_ends
  FROM order_leg WHERE order_id = $1 AND kind = 'trip' ORDER BY status = 'cancelled', id DESC LIMIT 1;

-- name: set_order_state
UPDATE dispatch_order SET state = $2, closed_at = CASE WHEN $2 IN ('completed', 'aborted', 'displaced') THEN $3::timestamptz END,
       version = version + 1 WHERE id = $1;

-- name: set_settlement
UPDATE dispatch_order SET settlement_fen = $2, version = version + 1 WHERE id = $1;

-- name: cancel_leg
UPDATE leg SET status = 'cancelled', called_off_at = $2 WHERE id = $1 AND status IN ('held', 'assigned', 'running');

-- name: move_leg
UPDATE leg SET status = $2, during = tstzrange($3, $4) WHERE id = $1;

-- name: give_way
-- A later trip whose car can leave a little later does so: its time for setting out absorbs the delay.
UPDATE leg SET during = tstzrange($3, upper(during))
 WHERE id <> $1 AND vehicle_id = $2 AND kind = 'trip' AND status = 'assigned' AND during && tstzrange($4::timestamptz, $3::timestamptz)
   AND lower(during) >= $4 AND $3 < upper(during) AND $3 - lower(planned) <= $5::interval;

-- name: displace
-- Later legs that have not begun give way; what already runs or is done does not.
UPDATE leg SET status = 'displaced'
 WHERE id <> $1 AND (vehicle_id = $2 OR driver_id = $3) AND status IN ('held', 'assigned')
   AND during && tstzrange($4, $5) AND lower(during) >= $4
RETURNING id, order_id, ARRAY(SELECT p.order_id FROM ride_party p WHERE p.leg_id = leg.id AND p.left_at IS NULL ORDER BY 1) AS riding;

-- name: in_the_way
SELECT lower(during) AS starts, upper(during) AS ends FROM leg
 WHERE id <> $1 AND (vehicle_id = $2 OR driver_id = $3) AND status IN ('held', 'assigned', 'running', 'done')
   AND during && tstzrange(least($4::timestamptz, $6::timestamptz), greatest($5::timestamptz, $7::timestamptz)) ORDER BY 1;

-- name: overdue
SELECT id, order_id, vehicle_id, driver_id, status, lower(during) AS starts, upper(during) AS ends,
       lower(planned) AS planned_starts, upper(planned) AS planned_ends
  FROM leg
 WHERE kind = 'trip' AND status = 'running' AND upper(during) <= $1
   AND upper(planned) > $1::timestamptz - $2::interval
 ORDER BY id;

-- name: leg
SELECT id, order_id, vehicle_id, driver_id, status, lower(during) AS starts, upper(during) AS ends,
       lower(planned) AS planned_starts, upper(planned) AS planned_ends FROM leg WHERE id = $1;

-- name: add_check_in
INSERT INTO check_in (client_key, driver_id, order_id, kind, taken_at, counter, received_at, odometer_m, lon, lat, photo_id,
    amount_fen, note, body_digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: check_ins
SELECT kind, taken_at, counter, odometer_m, note, entered_by IS NOT NULL AS entered
  FROM check_in WHERE order_id = $1 AND driver_id = $2;

-- name: keep_file
INSERT INTO stored_file (media_type, digest, content, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING id;

-- name: driver_of_order
SELECT 1 FROM order_leg WHERE order_id = $1 AND driver_id = $2;

-- name: rented_that_day
SELECT o.rental_firm_id, count(*)::int4 FROM dispatch_order o JOIN trip_request r ON r.id = o.request_id
 WHERE o.rental_firm_id IS NOT NULL AND o.state NOT IN ('aborted', 'displaced')
   AND r.depart_at < $2 AND r.return_at > $1 GROUP BY 1;

-- name: lock_firm
SELECT 1 FROM rental_firm WHERE id = $1 FOR UPDATE;

-- name: product_now
SELECT product_now();

-- name: board_version
-- What a board of a day is made of: the fleet in one line, and each live leg. Where any row is written anew, its line
-- or its number is another one. xmin names the transaction that wrote a row; the database is named because xmin is its
-- own. A leg may be written twice in one transaction: its number has its place in the table too.
-- $1 an instant at which the fleet is looked at, $2 to $3 the legs, $4 now: until then they may change.
WITH live AS (
    SELECT id, hashtidextended(ctid, xmin::text::int8) AS written, lower(during) <= $4 AS begun
      FROM leg WHERE status IN ('held', 'assigned', 'running', 'done') AND during && tstzrange($2, $3)
), legs AS (
    SELECT coalesce(array_agg(id ORDER BY id), '{}') AS ids, coalesce(array_agg(written ORDER BY id), '{}') AS written,
           count(*) FILTER (WHERE begun) AS begun
      FROM live)
SELECT concat_ws(',', (SELECT oid FROM pg_database WHERE datname = current_database()),
                 (SELECT system_identifier FROM pg_control_system()), string_agg(part.what, ',' ORDER BY part.n)) AS fleet,
       (SELECT ids FROM legs), (SELECT written FROM legs), (SELECT begun FROM legs)
  FROM (
    SELECT 1 AS n, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, 0)), 0) || ':'
           || count(*) FILTER (WHERE disposed_at <= $1) AS what FROM vehicle
    UNION ALL SELECT 2, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, vehicle_id)), 0)
      FROM vehicle_pool WHERE during @> $1::timestamptz
    UNION ALL SELECT 3, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, vehicle_id)), 0)
      FROM vehicle_plate WHERE during @> $1::timestamptz
    UNION ALL SELECT 4, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, 0)), 0) || ':'
           || count(*) FILTER (WHERE licence_until >= ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date) FROM driver
    UNION ALL SELECT 5, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, driver_id)), 0)
      FROM driver_pool WHERE during @> $1::timestamptz
    UNION ALL SELECT 6, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, 0)), 0) FROM pool
    UNION ALL SELECT 7, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, 0)), 0) FROM rental_firm
    UNION ALL SELECT 8, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, 0)), 0)
      FROM tariff WHERE during @> $1::timestamptz
    UNION ALL SELECT 9, count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::int8, 0)), 0) FROM place
    UNION ALL SELECT 10, coalesce(max(id), 0) || ':' || (SELECT count(*) FROM rule_setting WHERE rule = 'drive_times' AND lower(during) <= $4)
      FROM travel_matrix
  ) part;
