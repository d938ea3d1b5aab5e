-- name: answer
SELECT 1;

-- name: processes
SELECT role, pid, host, started_at, seen_at, detail, seen_at > now() - interval '15 seconds' AS alive
  FROM process_heartbeat WHERE seen_at > now() - interval '1 day' ORDER BY role, host, pid;

-- name: counts
-- By last positions: the table fix is too large to count on a page.
SELECT (SELECT count(*) FROM live_position WHERE received_at > product_now() - interval '1 minute')::int4 AS devices_last_minute,
       (SELECT coalesce(sum(times), 0) FROM quarantine WHERE settled_at IS NULL)::int8 AS quarantined,
       ((SELECT count(*) FROM parked_fold) + (SELECT count(*) FROM parked_work))::int4 AS parked_folds,
       (SELECT count(*) FROM refused_device)::int4 AS refused_devices;
