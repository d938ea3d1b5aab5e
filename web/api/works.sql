-- name: parked
SELECT p.vehicle_id, v.code, pl.number AS plate, p.tries, p.traceback, p.first_at, p.retry_at
  FROM parked_fold p
  JOIN vehicle v ON v.id = p.vehicle_id
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = v.id AND vp.during @> $1::timestamptz
  LEFT JOIN plate pl ON pl.id = vp.plate_id
 UNION ALL
SELECT NULL, room || ' ' || subject, NULL, tries, traceback, first_at, retry_at FROM parked_work
 ORDER BY first_at, code;

-- name: intake
-- Marks are few: what is understood is gone from them.
SELECT w.listened AS listened_until, w.deaf_until,
       (SELECT count(DISTINCT device_id) FROM dirty_mark)::int4 AS devices_waiting,
       (SELECT count(DISTINCT vehicle_id) FROM vehicle_mark)::int4 AS vehicles_waiting,
       (SELECT min(lo) FROM vehicle_mark) AS oldest_waiting
  FROM (SELECT) nothing LEFT JOIN intake_watch w ON true;
