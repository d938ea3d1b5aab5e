-- name: quarantine_page
-- $3: platforms, NULL for all. A payload says where a vehicle was and what was bought: it is shown to the
-- platform that had the terminal's vehicle when it came, and what belongs to no vehicle only to who sees all.
SELECT id, device, topic, reason, detail, payload, received_at, times, settled_at FROM quarantine q
 WHERE ($1::int8 IS NULL OR id < $1)
   AND ($3::int4[] IS NULL OR EXISTS (
       SELECT FROM device d
         JOIN binding b ON b.device_id = d.id AND b.during @> q.received_at
         JOIN vehicle_pool vp ON vp.vehicle_id = b.vehicle_id AND vp.during @> q.received_at
        WHERE d.name = q.device AND vp.pool_id = ANY ($3)))
 ORDER BY id DESC LIMIT $2;
