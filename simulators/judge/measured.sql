-- name: stored
SELECT v.code AS car, count(f.ts)::int8 AS fixes
  FROM vehicle v JOIN binding b ON b.vehicle_id = v.id JOIN fix f ON f.device_id = b.device_id AND b.during @> f.ts
 WHERE v.code = ANY ($1::text[]) GROUP BY v.code;

-- name: alarms
SELECT v.code AS car, a.rule, a.red_at IS NOT NULL AS red, a.peak AS amount,
       extract(epoch FROM CASE WHEN a.rule = 10 THEN coalesce(a.red_at, a.started_at) ELSE a.started_at END)::float8 AS start,
       extract(epoch FROM greatest(a.raised_at, coalesce(a.ended_at, a.raised_at)))::float8 AS "end"
  FROM alarm_fact a JOIN vehicle v ON v.id = a.vehicle_id ORDER BY v.code, a.started_at;

-- name: energy
SELECT v.code AS car, e.kind, extract(epoch FROM e.started_at)::float8 AS start,
       extract(epoch FROM coalesce(e.ended_at, e.last_at))::float8 AS "end",
       coalesce(e.amount_ml, e.amount_wh)::float8 AS amount
  FROM energy_event e JOIN vehicle v ON v.id = e.vehicle_id
 WHERE e.kind IN ('refuel', 'drop', 'charge') ORDER BY v.code, e.started_at;

-- name: tolls
SELECT r.txn, bool_or(t.verdict = 'contradicted') AS contradicted,
       bool_and(t.verdict IN ('confirmed', 'contradicted')) AS known,
       string_agg(t.side || ' ' || t.verdict, ', ' ORDER BY t.side) AS verdicts
  FROM toll_check t JOIN receipt r ON r.id = t.receipt_id WHERE r.txn = ANY ($1::text[]) GROUP BY r.txn;

-- name: journeys
SELECT v.code AS car, extract(epoch FROM j.started_at)::float8 AS start,
       extract(epoch FROM coalesce(j.ended_at, j.last_at))::float8 AS "end",
       j.gps_m, j.odometer_m, j.fixes, j.flagged, j.gps_m AS amount
  FROM journey j JOIN vehicle v ON v.id = j.vehicle_id ORDER BY v.code, j.started_at;

-- name: datums
SELECT v.code AS car, 0::float8 AS amount,
       extract(epoch FROM h.day::timestamp AT TIME ZONE 'Asia/Shanghai')::float8 AS start,
       extract(epoch FROM (h.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')::float8 AS "end"
  FROM device_health h JOIN vehicle v ON v.id = h.vehicle_id
 WHERE h.findings @> '[{"reason": "wrong_datum"}]' ORDER BY v.code, h.day;
