-- name: unit
SELECT u.grassroots, up.pool_id
  FROM unit u JOIN unit_pool up ON up.unit_id = u.id AND up.during @> $2::timestamptz
 WHERE u.id = $1;

-- name: places
SELECT id, name, lon, lat, adcode FROM place ORDER BY id;

-- name: some_places
SELECT id, name, lon, lat, adcode FROM place WHERE id = ANY ($1::int4[]);

-- name: trips_that_day
SELECT count(*)::int4 FROM trip_request
 WHERE unit_id = $1 AND depart_at >= $2 AND depart_at < $3
   AND state NOT IN ('rejected', 'returned_for_edit', 'cancelled', 'expired');

-- name: most_passengers
SELECT v.class, max(v.seats) - 1
  FROM vehicle v JOIN vehicle_pool vp ON vp.vehicle_id = v.id AND vp.during @> $1::timestamptz
 WHERE v.category NOT IN ('LAW_ENFORCEMENT', 'SPECIAL_TECH') AND (v.disposed_at IS NULL OR v.disposed_at > $1)
 GROUP BY v.class;

-- name: calendar
SELECT day, kind FROM calendar_day WHERE day BETWEEN $1 AND $2;

-- name: rule_rows
SELECT settings FROM rule_setting
 WHERE during @> $2::timestamptz AND (pool_id IS NULL OR pool_id = $1) AND rule NOT IN ('distance', 'drive_times')   -- those are no house rules
 ORDER BY pool_id NULLS FIRST, rule;

-- name: insert
INSERT INTO trip_request (client_key, unit_id, pool_id, requested_by, purpose, purpose_text, passengers, lead_passenger, kind,
    from_place, to_place, depart_at, return_at, vehicle_class, emergency, out_of_city, state, review_required, violations,
    submitted_at, distance_m, drive_s, shareable)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'submitted', $17, $18, $19, $20, $21, $22)
RETURNING id;

-- name: lock
SELECT 1 FROM trip_request WHERE id = $1 FOR UPDATE;

-- name: get
SELECT r.id, r.unit_id, u.name AS unit_name, r.pool_id, r.requested_by, r.purpose, r.purpose_text, r.passengers,
       r.lead_passenger, r.kind, f.id AS f_id, f.name AS f_name, f.lon AS f_lon, f.lat AS f_lat, f.adcode AS f_adcode,
       t.id AS t_id, t.name AS t_name, t.lon AS t_lon, t.lat AS t_lat, t.adcode AS t_adcode,
       r.depart_at, r.return_at, r.vehicle_class, r.emergency, r.out_of_city, r.state, r.review_required, r.violations,
       r.reject_reason, r.version, r.submitted_at, r.decided_at, r.promised_at, r.distance_m, r.drive_s, r.shareable
  FROM trip_request r JOIN unit u ON u.id = r.unit_id JOIN place f ON f.id = r.from_place JOIN place t ON t.id = r.to_place
 WHERE r.id = $1;

-- name: get_many
SELECT r.id, r.unit_id, u.name AS unit_name, r.pool_id, r.requested_by, r.purpose, r.purpose_text, r.passengers,
       r.lead_passenger, r.kind, f.id AS f_id, f.name AS f_name, f.lon AS f_lon, f.lat AS f_lat, f.adcode AS f_adcode,
       t.id AS t_id, t.name AS t_name, t.lon AS t_lon, t.lat AS t_lat, t.adcode AS t_adcode,
       r.depart_at, r.return_at, r.vehicle_class, r.emergency, r.out_of_city, r.state, r.review_required, r.violations,
       r.reject_reason, r.version, r.submitted_at, r.decided_at, r.promised_at, r.distance_m, r.drive_s, r.shareable
  FROM trip_request r JOIN unit u ON u.id = r.unit_id JOIN place f ON f.id = r.from_place JOIN place t ON t.id = r.to_place
 WHERE r.id = ANY ($1::int4[]);

-- name: open_between
-- Approved and not yet on a car, promised ones first, then in the order in which they were decided.
SELECT r.id, r.unit_id, u.name AS unit_name, r.pool_id, r.requested_by, r.purpose, r.purpose_text, r.passengers,
       r.lead_passenger, r.kind, f.id AS f_id, f.name AS f_name, f.lon AS f_lon, f.lat AS f_lat, f.adcode AS f_adcode,
       t.id AS t_id, t.name AS t_name, t.lon AS t_lon, t.lat AS t_lat, t.adcode AS t_adcode,
       r.depart_at, r.return_at, r.vehicle_class, r.emergency, r.out_of_city, r.state, r.review_required, r.violations,
       r.reject_reason, r.version, r.submitted_at, r.decided_at, r.promised_at, r.distance_m, r.drive_s, r.shareable
  FROM trip_request r JOIN unit u ON u.id = r.unit_id JOIN place f ON f.id = r.from_place JOIN place t ON t.id = r.to_place
 WHERE r.depart_at >= $1 AND r.depart_at < $2
   AND (r.state = 'approved' OR (r.emergency AND r.state IN ('submitted', 'unit_approved')))
 ORDER BY r.promised_at NULLS LAST, r.decided_at NULLS FIRST, r.id;

-- name: long_promises
-- Of those the ones that are back on a later business day than they leave, with the car that they were promised on.
SELECT id, version, depart_at, return_at, promised_vehicle FROM trip_request
 WHERE return_at > $1 AND depart_at < $2 AND promised_at IS NOT NULL
   AND (depart_at AT TIME ZONE 'Asia/Shanghai')::date < (return_at AT TIME ZONE 'Asia/Shanghai')::date
   AND (state = 'approved' OR (emergency AND state IN ('submitted', 'unit_approved')))
 ORDER BY promised_at, decided_at NULLS FIRST, id;

-- name: promise_on
UPDATE trip_request SET promised_vehicle = $2 WHERE id = $1;

-- name: promised_between
-- Promised, under way at some time between and not yet on a car, with their versions; in the order of their promises.
SELECT id, version FROM trip_request
 WHERE return_at > $1 AND depart_at < $2 AND promised_at IS NOT NULL
   AND (state = 'approved' OR (emergency AND state IN ('submitted', 'unit_approved')))
 ORDER BY promised_at, decided_at NULLS FIRST, id;

-- name: set_state
UPDATE trip_request SET state = $2, reject_reason = coalesce($3, reject_reason), decided_at = $4, version = version + 1
 WHERE id = $1;

-- name: mark
UPDATE trip_request SET state = $2, version = version + 1 WHERE id = $1 AND state = ANY ($3::text[]);

-- name: promise
UPDATE trip_request SET promised_at = $2, queue_reason = $3, version = version + 1 WHERE id = $1;

-- name: decision
INSERT INTO approval (request_id, stage, decision, by_person, at, comment) VALUES ($1, $2, $3, $4, $5, $6);

-- name: approvals
SELECT a.stage, a.decision, a.by_person, p.name AS by_name, a.at, a.comment
  FROM approval a JOIN person p ON p.id = a.by_person WHERE a.request_id = $1 ORDER BY a.id;

-- name: expire
-- No vehicle by half an hour after the start. Whoever holds one of them just now may still save it.
UPDATE trip_request SET state = 'expired', version = version + 1
 WHERE id IN (SELECT id FROM trip_request
               WHERE state IN ('submitted', 'unit_approved', 'approved') AND depart_at < $1::timestamptz - interval '30 minutes'
               ORDER BY id FOR UPDATE SKIP LOCKED)
RETURNING id, pool_id;
