-- name: moved_to
UPDATE dispatch_order SET moved_to = $2, version = version + 1 WHERE id = $1;

-- name: changes
-- What was taken from a driver within half a day, by others; and where it went, if the driver has it still.
-- A plan puts another order in its place; a dispatcher, or a breakdown, gives the same order to somebody else.
SELECT gone.*
  FROM (
    SELECT DISTINCT ON (o.id) o.id AS order_id, l.id AS leg_id, o.order_no, CASE WHEN over THEN o.closed_at ELSE old.called_off_at END AS at,
           n.id IS NOT NULL AS moved, coalesce(rp.on_at, r.depart_at) AS depart_at, f.name AS from_name, t.name AS to_name,
           p.number AS plate, CASE WHEN n.driver_id = l.driver_id THEN np.number END AS new_plate
      FROM order_leg l
      JOIN leg old ON old.id = l.id
      JOIN dispatch_order o ON o.id = l.order_id
      CROSS JOIN LATERAL (SELECT o.state IN ('aborted', 'displaced') AS over) s
      JOIN trip_request r ON r.id = o.request_id
      JOIN place f ON f.id = r.from_place
      JOIN place t ON t.id = r.to_place
      LEFT JOIN ride_party rp ON rp.leg_id = l.id AND rp.order_id = o.id
      LEFT JOIN vehicle_plate vp ON vp.vehicle_id = l.vehicle_id AND vp.during @> lower(l.during)
      LEFT JOIN plate p ON p.id = vp.plate_id
      LEFT JOIN order_leg n ON n.order_id = CASE WHEN over THEN o.moved_to ELSE o.id END AND n.kind = 'trip'
            AND n.status NOT IN ('cancelled', 'displaced')
      LEFT JOIN vehicle_plate nvp ON nvp.vehicle_id = n.vehicle_id AND nvp.during @> lower(n.during)
      LEFT JOIN plate np ON np.id = nvp.plate_id
     WHERE l.driver_id = $1 AND l.kind = 'trip' AND l.status IN ('cancelled', 'displaced')
       AND (over OR (n.vehicle_id, n.driver_id) <> (l.vehicle_id, l.driver_id))
       AND NOT EXISTS (SELECT FROM check_in c WHERE c.order_id = o.id AND c.driver_id = $1 AND c.kind = 'decline')
     ORDER BY o.id, l.id DESC
  ) gone
 WHERE gone.at > $2::timestamptz - interval '12 hours'
 ORDER BY gone.at DESC, gone.order_id;
