-- name: repair
-- Out whenever nothing else holds it: what it does now, and what it is out for already.
INSERT INTO leg (vehicle_id, kind, status, during, planned)
SELECT $1, 'maintenance', 'held', gap, gap
  FROM unnest(tstzmultirange(tstzrange($2::timestamptz, $3::timestamptz)) - (
       SELECT coalesce(range_agg(during), '{}') FROM leg
        WHERE vehicle_id = $1 AND status IN ('held', 'assigned', 'running', 'done')
          AND during && tstzrange($2, $3))) AS gap;
