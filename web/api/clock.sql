-- name: pending
-- Marks of vehicles whose fold is parked stay; they are shown on the status page, not waited for.
SELECT (SELECT count(*) FROM dirty_mark)::int4 AS dirty_marks,
       (SELECT count(*) FROM vehicle_mark m WHERE NOT EXISTS (SELECT FROM parked_fold p WHERE p.vehicle_id = m.vehicle_id))::int4 AS vehicle_marks,
       (SELECT count(*) FROM fact_change WHERE consumer IN ('trips', 'accounting'))::int4 AS fact_changes,
       (SELECT count(*) FROM trip_mark)::int4 AS trip_marks,
       (SELECT max(s.last - coalesce(c.seq, 0)) FROM outbox_seq s, unnest(ARRAY['trips', 'accounting']) AS room
          LEFT JOIN event_cursor c ON c.consumer = room)::int4 AS events_unread,
       (SELECT count(*) FROM receipt_mark)::int4 AS receipt_marks,
       (SELECT count(*) FROM toll_mark)::int4 AS toll_marks,
       (SELECT count(*) FROM outbox WHERE seq IS NULL)::int4 AS outbox,
       (SELECT count(*) FROM wake w WHERE w.wake_at <= product_now()
           AND NOT EXISTS (SELECT FROM parked_fold p WHERE p.vehicle_id = w.vehicle_id))::int4 AS wakes_due;
