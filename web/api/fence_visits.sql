-- name: visits
-- Whose vehicle it was, and its plate, are those of the moment it came.
SELECT w.vehicle_id, pl.number AS plate, k.pool_id, w.entered_at, w.left_at
  FROM fence_visit w
  JOIN vehicle_pool k ON k.vehicle_id = w.vehicle_id AND k.during @> w.entered_at AND k.pool_id = ANY ($4::int4[])
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = w.vehicle_id AND vp.during @> w.entered_at
  LEFT JOIN plate pl ON pl.id = vp.plate_id
 WHERE w.fence_id = $1 AND w.entered_at < $3 AND (w.left_at IS NULL OR w.left_at >= $2)
 ORDER BY w.entered_at DESC, w.vehicle_id LIMIT $5;

-- name: others
SELECT count(*)::int4 FROM fence_visit w
 WHERE w.fence_id = $1 AND w.entered_at < $3 AND (w.left_at IS NULL OR w.left_at >= $2)
   AND NOT EXISTS (SELECT FROM vehicle_pool k WHERE k.vehicle_id = w.vehicle_id AND k.during @> w.entered_at
                                                AND k.pool_id = ANY ($4::int4[]));
