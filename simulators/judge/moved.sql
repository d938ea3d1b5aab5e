-- name: fixes_by_car
SELECT s.device, s.car, coalesce(v.code, 'no car') AS said, count(*)::int4 AS fixes
  FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS s(device, car, lo, hi)
  JOIN device d ON d.name = s.device
  JOIN every_fix f ON f.device_id = d.id AND f.ts >= s.lo AND f.ts < s.hi
  LEFT JOIN binding b ON b.device_id = d.id AND b.during @> f.ts
  LEFT JOIN vehicle v ON v.id = b.vehicle_id
 GROUP BY s.device, s.car, v.code ORDER BY s.device, s.car, v.code;

-- name: driven
SELECT coalesce(sum(j.gps_m), 0)::int8 AS gps_m, coalesce(sum(j.odometer_m), 0)::int8 AS wheel_m
  FROM journey j JOIN vehicle v ON v.id = j.vehicle_id
 WHERE v.code = $1 AND j.started_at >= $2 AND j.started_at < $3;
