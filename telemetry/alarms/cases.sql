-- name: list
-- Newest first; $10, $11: where the page before ended. One row more than a page says whether there is another.
SELECT c.*, v.code AS vehicle_code, p.number AS plate
  FROM alarm_case c
  JOIN vehicle v ON v.id = c.vehicle_id
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = c.vehicle_id AND vp.during @> c.raised_at
  LEFT JOIN plate p ON p.id = vp.plate_id
 WHERE ($1::int4[] IS NULL OR c.pool_id = ANY ($1))
   AND ($2::int2[] IS NULL OR c.rule = ANY ($2))
   AND ($3::int4 IS NULL OR c.vehicle_id = $3)
   AND ($4::text[] IS NULL OR c.state = ANY ($4))
   AND ($5::int2[] IS NULL OR c.severity = ANY ($5))
   AND ($6::boolean IS NULL OR c.shadow = $6)
   AND ($7::timestamptz IS NULL OR coalesce(c.ended_at, 'infinity') >= $7)
   AND ($8::timestamptz IS NULL OR c.started_at < $8)
   AND ($9::boolean IS NULL OR (c.state IN ('raised', 'acknowledged')) = $9)
   AND ($10::timestamptz IS NULL OR (c.raised_at, c.id) < ($10, $11::int8))
 ORDER BY c.raised_at DESC, c.id DESC LIMIT $12;

-- name: one
SELECT c.*, v.code AS vehicle_code, p.number AS plate
  FROM alarm_case c
  JOIN vehicle v ON v.id = c.vehicle_id
  LEFT JOIN vehicle_plate vp ON vp.vehicle_id = c.vehicle_id AND vp.during @> c.raised_at
  LEFT JOIN plate p ON p.id = vp.plate_id
 WHERE c.id = $1 AND ($2::int4[] IS NULL OR c.pool_id = ANY ($2));

-- name: history
SELECT at, kind, actor, detail FROM alarm_case_event WHERE case_id = $1 ORDER BY id;

-- name: open_counts
SELECT severity, count(*) AS n FROM alarm_case
 WHERE state IN ('raised', 'acknowledged') AND NOT shadow AND ($1::int4[] IS NULL OR pool_id = ANY ($1))
 GROUP BY severity;

-- name: lock
SELECT state FROM alarm_case WHERE id = $1 FOR UPDATE;

-- name: handle
-- A person's word: state, outcome or NULL, event, who, when, what they noted.
WITH handled AS (
    UPDATE alarm_case SET state = $2, outcome = $3 WHERE id = $1
    RETURNING id, pool_id, vehicle_id, shadow, alarm_told(alarm_case) AS told
), noted AS (
    INSERT INTO alarm_case_event (case_id, at, kind, actor, detail) SELECT id, $6::timestamptz, $4::text, $5, $7 FROM handled
)
INSERT INTO outbox (kind, pool_id, vehicle_id, at, data)
SELECT 'alarm.' || $4, pool_id, vehicle_id, $6::timestamptz, told FROM handled WHERE NOT shadow;
