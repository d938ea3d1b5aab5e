-- name: going_on
SELECT id, until FROM breakdown WHERE vehicle_id = $1 AND ended_at IS NULL AND until > $2 ORDER BY id DESC LIMIT 1;

-- name: begin_breakdown
INSERT INTO breakdown (vehicle_id, until, said_at, said_by) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: prolong
UPDATE breakdown SET until = greatest(until, $2) WHERE id = $1;

-- name: repair
-- Out whenever nothing else holds it: what it does now, and what it is out for already.
INSERT INTO leg (vehicle_id, breakdown_id, kind, status, during, planned)
SELECT $1, $2, 'maintenance', 'held', gap, gap
  FROM unnest(tstzmultirange(tstzrange($3::timestamptz, $4::timestamptz)) - (
       SELECT coalesce(range_agg(during), '{}') FROM leg
        WHERE vehicle_id = $1 AND status IN ('held', 'assigned', 'running', 'done')
          AND during && tstzrange($3, $4))) AS gap;

-- name: end_breakdown
UPDATE breakdown SET ended_at = $2, ended_by = $3 WHERE id = $1;

-- name: end_repair
UPDATE leg SET status = 'done', during = tstzrange(lower(during), $2)
 WHERE breakdown_id = $1 AND status = 'held' AND during @> $2::timestamptz AND lower(during) < $2;

-- name: call_off_repair
UPDATE leg SET status = 'cancelled' WHERE breakdown_id = $1 AND status = 'held' AND lower(during) >= $2::timestamptz;

-- name: moved_away
-- Orders that were on this car once, have not left, and are on another now.
SELECT o.id AS order_id, o.order_no, o.request_id, r.depart_at, p.number AS plate
  FROM dispatch_order o
  JOIN trip_request r ON r.id = o.request_id
  JOIN leg l ON l.order_id = o.id AND l.kind = 'trip' AND l.status = 'assigned'
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = l.vehicle_id AND vp.during @> lower(l.during)
  LEFT JOIN plate p ON p.id = vp.plate_id
 WHERE l.vehicle_id <> $1 AND lower(l.during) > $2
   AND EXISTS (SELECT 1 FROM leg was WHERE was.order_id = o.id AND was.vehicle_id = $1 AND was.kind = 'trip' AND was.status = 'cancelled')
 ORDER BY o.id;
