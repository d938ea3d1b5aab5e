-- name: only_one
SELECT pg_try_advisory_xact_lock($1, 0);

-- name: heard
-- Devices that said something on a day, with the vehicle they were on last.
SELECT d.id, d.name, b.vehicle_id, v.home_lon, v.home_lat
  FROM device d
  LEFT JOIN LATERAL (SELECT vehicle_id FROM binding b WHERE b.device_id = d.id AND b.during && tstzrange($2, $3)
                      ORDER BY b.during DESC LIMIT 1) b ON true
  LEFT JOIN vehicle v ON v.id = b.vehicle_id
 WHERE d.kind = 'terminal' AND ($1::int4[] IS NULL OR d.id = ANY ($1))
   AND (EXISTS (SELECT FROM fix f WHERE f.device_id = d.id AND f.ts >= $2 AND f.ts < $3)
        OR EXISTS (SELECT FROM quarantine q WHERE q.device = d.name AND q.reason = 'future' AND q.received_at >= $2 AND q.received_at < $3))
 ORDER BY d.id;

-- name: delays
SELECT count(*) AS count, coalesce(min(delay_ds), 0) AS least,
       coalesce(percentile_disc(0.05) WITHIN GROUP (ORDER BY delay_ds), 0) AS low,
       coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY delay_ds), 0) AS half,
       count(*) FILTER (WHERE delay_ds > $4::int4 * 10) AS late,
       (SELECT coalesce(sum(times), 0)::int8 FROM quarantine
         WHERE device = $5 AND reason = 'future' AND received_at >= $2 AND received_at < $3) AS future
  FROM fix WHERE device_id = $1 AND ts >= $2 AND ts < $3;

-- name: segments
-- Of the roads in force then.
SELECT r.lon, r.lat FROM road r JOIN road_set s ON s.id = r.road_set_id WHERE s.during @> $1::timestamptz ORDER BY r.id;

-- name: keep
INSERT INTO device_health (device_id, day, vehicle_id, fixes, findings, computed_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (device_id, day) DO UPDATE
   SET vehicle_id = excluded.vehicle_id, fixes = excluded.fixes, findings = excluded.findings, computed_at = excluded.computed_at;

-- name: overview
SELECT h.device_id, d.name AS device, h.vehicle_id, h.day, h.fixes, h.findings, h.computed_at
  FROM device_health h JOIN device d ON d.id = h.device_id
 WHERE h.day >= $1 AND h.day <= $2 AND ($4::int4 IS NULL OR h.device_id = $4)
   AND ($3::int4[] IS NULL OR EXISTS (
       SELECT FROM vehicle_pool k WHERE k.vehicle_id = h.vehicle_id AND k.pool_id = ANY ($3)
          AND k.during @> (h.day::timestamp AT TIME ZONE 'Asia/Shanghai')))
   AND ($5 OR h.findings <> '[]')
 ORDER BY h.day DESC, jsonb_array_length(h.findings) DESC, d.name LIMIT $6;
