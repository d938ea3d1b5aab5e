-- name: requests
-- The head of the queue is who lost a car already; then who is promised one; then by departure.
SELECT r.id, r.unit_id, u.name AS unit_name, r.pool_id, r.requested_by, r.purpose, r.purpose_text, r.passengers,
       r.lead_passenger, r.kind, f.id AS from_id, f.name AS from_name, f.lon AS from_lon, f.lat AS from_lat,
       t.id AS to_id, t.name AS to_name, t.lon AS to_lon, t.lat AS to_lat, r.depart_at, r.return_at, r.vehicle_class,
       r.emergency, r.out_of_city, r.state, r.review_required, r.violations, r.reject_reason, r.promised_at, r.version,
       r.submitted_at, r.distance_m, r.drive_s, r.shareable, r.queue_reason,
       o.id AS order_id, o.order_no, o.state AS order_state, p.number AS plate, dp.name AS driver_name, rf.name AS rental_firm,
       l.vehicle_id, rp.on_at, rp.off_at, (SELECT count(*)::int4 FROM ride_party x WHERE x.leg_id = rp.leg_id AND x.left_at IS NULL) AS parties
  FROM trip_request r
  JOIN unit u ON u.id = r.unit_id
  JOIN place f ON f.id = r.from_place
  JOIN place t ON t.id = r.to_place
  LEFT JOIN dispatch_order o ON o.request_id = r.id AND o.state NOT IN ('aborted', 'displaced')
  LEFT JOIN rental_firm rf ON rf.id = o.rental_firm_id
  LEFT JOIN LATERAL (SELECT id, vehicle_id, driver_id, lower(during) AS at FROM order_leg
      WHERE order_id = o.id AND kind = 'trip' AND status NOT IN ('cancelled', 'displaced') ORDER BY id DESC LIMIT 1) l ON true
  LEFT JOIN ride_party rp ON rp.leg_id = l.id AND rp.order_id = o.id AND rp.left_at IS NULL
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = l.vehicle_id AND vp.during @> l.at
  LEFT JOIN plate p ON p.id = vp.plate_id
  LEFT JOIN driver d ON d.id = l.driver_id
  LEFT JOIN person dp ON dp.id = d.person_id
 WHERE (r.pool_id = ANY ($1::int4[]) OR r.unit_id = ANY ($2::int4[]))
   AND ($3::int4 IS NULL OR r.id = $3)
   AND ($4::text[] IS NULL OR r.state = ANY ($4::text[]))
   AND ($5::int4 IS NULL OR r.requested_by = $5)
   AND (NOT $6::boolean OR r.state = 'approved' OR (r.emergency AND r.state IN ('submitted', 'unit_approved')))
   AND ($7::timestamptz IS NULL OR (r.depart_at >= $7 AND r.depart_at < $8::timestamptz))
   AND ($9::int4 IS NULL OR r.id < $9)
 ORDER BY CASE WHEN $6 THEN NOT EXISTS (SELECT 1 FROM dispatch_order x WHERE x.request_id = r.id AND x.state = 'displaced') END,
          CASE WHEN $6 THEN r.promised_at IS NULL END, CASE WHEN $6 THEN r.depart_at END, r.id DESC
 LIMIT $10;

-- name: orders
-- A proof lists the cars of every platform: for the platform that rented, not for the unit that rides.
SELECT o.id, o.order_no, o.request_id, o.pool_id, o.state, o.settlement_fen, o.version, o.created_at, o.closed_at,
       o.rental_firm_id, rf.name AS rental_firm, o.rental_price_fen, cb.name AS dispatcher,
       l.id AS leg_id, l.vehicle_id, l.driver_id, l.status AS leg_status, lower(l.during) AS starts, upper(l.during) AS ends,
       p.number AS plate, vpo.pool_id AS vehicle_pool_id, dp.name AS driver_name,
       u.name AS unit_name, r.passengers, f.name AS from_name, t.name AS to_name, r.depart_at, r.return_at, rp.on_at, rp.off_at,
       (SELECT count(*)::int4 FROM ride_party x WHERE x.leg_id = rp.leg_id AND x.left_at IS NULL) AS parties,
       CASE WHEN o.pool_id = ANY ($1::int4[]) OR r.unit_id = ANY ($2::int4[]) THEN r.lead_passenger END AS lead_passenger,
       CASE WHEN o.pool_id = ANY ($1::int4[]) THEN o.rental_proof END AS rental_proof
  FROM dispatch_order o
  JOIN trip_request r ON r.id = o.request_id
  JOIN unit u ON u.id = r.unit_id
  JOIN place f ON f.id = r.from_place
  JOIN place t ON t.id = r.to_place
  LEFT JOIN rental_firm rf ON rf.id = o.rental_firm_id
  LEFT JOIN person cb ON cb.id = o.created_by
  LEFT JOIN LATERAL (SELECT * FROM order_leg WHERE order_id = o.id AND kind = 'trip' ORDER BY status = 'cancelled', id DESC LIMIT 1) l ON true
  LEFT JOIN ride_party rp ON rp.leg_id = l.id AND rp.order_id = o.id AND rp.left_at IS NULL
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = l.vehicle_id AND vp.during @> lower(l.during)
  LEFT JOIN plate p ON p.id = vp.plate_id
  LEFT JOIN vehicle_pool vpo ON vpo.vehicle_id = l.vehicle_id AND vpo.during @> lower(l.during)
  LEFT JOIN driver d ON d.id = l.driver_id
  LEFT JOIN person dp ON dp.id = d.person_id
 WHERE (o.pool_id = ANY ($1::int4[]) OR vpo.pool_id = ANY ($1::int4[]) OR r.unit_id = ANY ($2::int4[]))
   AND ($3::int4 IS NULL OR o.id = $3)
   AND ($4::text[] IS NULL OR o.state = ANY ($4::text[]))
   AND ($5::timestamptz IS NULL OR (r.depart_at >= $5 AND r.depart_at < $6::timestamptz))
   AND ($7::int4 IS NULL OR o.pool_id = $7 OR vpo.pool_id = $7)
   AND ($8::int4 IS NULL OR o.id < $8)
 ORDER BY o.id DESC LIMIT $9;

-- name: order_legs
SELECT l.id, l.kind, l.status, l.vehicle_id, p.number AS plate, l.driver_id, dp.name AS driver_name,
       lower(l.during) AS starts, upper(l.during) AS ends, lower(l.planned) AS planned_starts, upper(l.planned) AS planned_ends
  FROM order_leg l
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = l.vehicle_id AND vp.during @> lower(l.during)
  LEFT JOIN plate p ON p.id = vp.plate_id
  LEFT JOIN driver d ON d.id = l.driver_id
  LEFT JOIN person dp ON dp.id = d.person_id
 WHERE l.order_id = $1 ORDER BY l.id;

-- name: order_check_ins
SELECT c.kind, c.taken_at, c.received_at, c.counter, c.driver_id, c.odometer_m, c.lon, c.lat, c.photo_id, c.amount_fen, c.note,
       p.name AS entered_by
  FROM check_in c LEFT JOIN person p ON p.id = c.entered_by WHERE c.order_id = $1 ORDER BY c.taken_at, c.counter, c.id;

-- name: order_trip
SELECT t.started_at, t.ended_at, t.gps_m, t.device_odometer_m, t.driver_odometer_m, t.empty_m, t.declared_m, t.declared_source, t.variance_m
  FROM trip t JOIN order_leg l ON l.id = t.leg_id WHERE l.order_id = $1 AND l.status <> 'cancelled';

-- name: order_ride
-- Who rides in the same car, in the order of getting on; names only of those whom the caller may read.
SELECT p.order_id, r.request_kind, p.on_turn, p.off_turn, p.on_at, p.off_at, p.left_at IS NOT NULL AS gone,
       r.passengers, f.name AS from_name, t.name AS to_name,
       CASE WHEN r.mine THEN o.order_no END AS order_no, CASE WHEN r.mine THEN u.name END AS unit_name,
       ride.loaded_m, r.own_m
  FROM ride_party me
  JOIN ride ON ride.leg_id = me.leg_id
  JOIN ride_party p ON p.leg_id = me.leg_id
  JOIN dispatch_order o ON o.id = p.order_id
  CROSS JOIN LATERAL (
      SELECT q.unit_id, q.passengers, q.from_place, q.to_place, q.kind AS request_kind,
             q.distance_m * CASE q.kind WHEN 'drop_off' THEN 1 ELSE 2 END AS own_m,
             q.pool_id = ANY ($2::int4[]) OR q.unit_id = ANY ($3::int4[]) AS mine
        FROM trip_request q WHERE q.id = o.request_id) r
  JOIN unit u ON u.id = r.unit_id
  JOIN place f ON f.id = r.from_place
  JOIN place t ON t.id = r.to_place
 WHERE me.order_id = $1 AND me.leg_id = $4
 ORDER BY p.on_turn, p.order_id;

-- name: order_rental_closing
SELECT c.plate, c.driver_name, c.departed_at, c.returned_at, c.distance_m, c.price_fen, c.agreed_fen, c.contract_fen, c.note,
       c.closed_at, p.name AS closed_by
  FROM rental_closing c JOIN person p ON p.id = c.closed_by WHERE c.order_id = $1;

-- name: gantt
-- Cars of all platforms are shared capacity: when they are busy is seen by all, for what only by those it concerns.
SELECT v.id AS vehicle_id, coalesce(p.number, v.code) AS plate, vpo.pool_id, l.id AS leg_id, l.kind, l.status,
       l.breakdown_id IS NOT NULL AS is_breakdown, lower(l.during) AS starts, upper(l.during) AS ends,
       CASE WHEN c.mine THEN o.id END AS order_id, CASE WHEN c.mine THEN o.order_no END AS order_no,
       CASE WHEN c.mine THEN dp.name END AS driver_name,
       (SELECT count(*)::int4 FROM ride_party x WHERE x.leg_id = l.id AND x.left_at IS NULL) AS parties
  FROM vehicle v
  JOIN vehicle_pool vpo ON vpo.vehicle_id = v.id AND vpo.during @> $3::timestamptz
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = v.id AND vp.during @> $3::timestamptz
  LEFT JOIN plate p ON p.id = vp.plate_id
  LEFT JOIN leg l ON l.vehicle_id = v.id AND l.status IN ('held', 'assigned', 'running', 'done') AND l.during && tstzrange($3, $4)
  LEFT JOIN dispatch_order o ON o.id = l.order_id
  LEFT JOIN driver d ON d.id = l.driver_id
  LEFT JOIN person dp ON dp.id = d.person_id
  CROSS JOIN LATERAL (SELECT o.pool_id = ANY ($1::int4[]) OR vpo.pool_id = ANY ($1::int4[]) AS mine) c
 WHERE ($2::int4 IS NULL OR vpo.pool_id = $2) AND (v.disposed_at IS NULL OR v.disposed_at > $3)
 ORDER BY vpo.pool_id, v.id, lower(l.during);

-- name: my_orders
SELECT o.id, o.order_no, o.state, p.number AS plate, u.name AS unit_name, r.lead_passenger, r.passengers,
       f.id AS from_id, f.name AS from_name, f.lon AS from_lon, f.lat AS from_lat,
       t.id AS to_id, t.name AS to_name, t.lon AS to_lon, t.lat AS to_lat,
       coalesce(rp.on_at, r.depart_at) AS depart_at, coalesce(rp.off_at, r.return_at) AS return_at, r.purpose_text, r.kind, cb.phone AS dispatch_phone, l.vehicle_id, l.id AS leg_id,
       lower(l.during) AS starts, upper(l.during) AS ends,
       coalesce((SELECT jsonb_agg(jsonb_build_object('kind', c.kind, 'taken_at', c.taken_at, 'odometer_m', c.odometer_m)
                                  ORDER BY c.counter, c.taken_at)
                   FROM check_in c WHERE c.order_id = o.id AND c.driver_id = l.driver_id), '[]') AS check_ins,
       coalesce((SELECT jsonb_agg(jsonb_build_object('order_id', p.order_id, 'order_no', po.order_no, 'state', po.state,
                        'unit_name', pu.name, 'lead_passenger', q.lead_passenger, 'passengers', q.passengers, 'purpose_text', q.purpose_text,
                        'from_id', pf.id, 'from_name', pf.name, 'to_name', pt.name, 'on_turn', p.on_turn, 'off_turn', p.off_turn,
                        'on_at', p.on_at, 'off_at', p.off_at) ORDER BY p.on_turn)
                   FROM ride_party p JOIN dispatch_order po ON po.id = p.order_id JOIN trip_request q ON q.id = po.request_id
                   JOIN unit pu ON pu.id = q.unit_id JOIN place pf ON pf.id = q.from_place JOIN place pt ON pt.id = q.to_place
                  WHERE p.leg_id = l.id AND p.left_at IS NULL), '[]') AS parties
  FROM leg l
  LEFT JOIN ride_party rp ON rp.leg_id = l.id AND rp.order_id = l.order_id
  JOIN dispatch_order o ON o.id = l.order_id
  JOIN trip_request r ON r.id = o.request_id
  JOIN unit u ON u.id = r.unit_id
  JOIN place f ON f.id = r.from_place
  JOIN place t ON t.id = r.to_place
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = l.vehicle_id AND vp.during @> lower(l.during)
  LEFT JOIN plate p ON p.id = vp.plate_id
  LEFT JOIN person cb ON cb.id = o.created_by
 WHERE l.driver_id = $1 AND l.kind = 'trip' AND l.status IN ('assigned', 'running', 'done')
   AND (o.state NOT IN ('completed', 'aborted', 'displaced') OR upper(l.during) > $2::timestamptz - interval '1 day')
   AND o.state NOT IN ('aborted', 'displaced')
 ORDER BY coalesce(rp.on_at, r.depart_at), o.id;
