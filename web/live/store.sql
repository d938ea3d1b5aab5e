-- name: states
-- The same tail as of positions: rows that the snapshot of the last call could not see.
SELECT s.snapshot::text AS snapshot, l.vehicle_id, l.motion
  FROM (SELECT pg_current_snapshot() AS snapshot) s
  LEFT JOIN live_state l ON NOT pg_visible_in_snapshot(l.changed_xid, $1::text::pg_snapshot);

-- name: roster
-- Plate and platform are those of the moment; a vehicle of no platform is on no map.
SELECT v.id AS vehicle_id, coalesce(p.number, v.code) AS plate, vp.pool_id, v.class AS vehicle_class,
       b.device_id, lower(b.during) AS since
  FROM vehicle v
  JOIN vehicle_pool vp ON vp.vehicle_id = v.id AND vp.during @> $1::timestamptz
  LEFT JOIN vehicle_plate w ON w.vehicle_id = v.id AND w.during @> $1::timestamptz
  LEFT JOIN plate p ON p.id = w.plate_id
  LEFT JOIN binding b ON b.vehicle_id = v.id AND b.during @> $1::timestamptz
 WHERE v.disposed_at IS NULL OR v.disposed_at > $1
 ORDER BY v.id;

-- name: duties
-- What occupies a vehicle now or within two hours: 3 out of use, 2 under way, 1 given an order.
SELECT vehicle_id, max(CASE WHEN kind IN ('maintenance', 'sealing') THEN 3 WHEN status = 'running' THEN 2 ELSE 1 END)::int4 AS duty
  FROM leg
 WHERE vehicle_id IS NOT NULL
   AND (status = 'running' AND during && tstzrange($1::timestamptz - interval '7 days', $1, '[]')
     OR status IN ('held', 'assigned') AND during && tstzrange($1, $1 + CASE WHEN order_id IS NULL THEN interval '0' ELSE interval '2 hours' END, '[]'))
 GROUP BY vehicle_id;
