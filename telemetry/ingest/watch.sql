-- name: beat
-- $1: product time; $2: seconds between two beats that are more than a hiccup. What was not listened to is an outage;
-- what is understood of that time is another matter now, so every vehicle that had a terminal is folded again over it.
WITH before AS (
    SELECT listened, listened < $1 AND now() - beat_at > $2::float8 * interval '1 second' AS was_deaf
      FROM intake_watch FOR UPDATE
), marked AS (
    INSERT INTO vehicle_mark (vehicle_id, lo, hi)
    SELECT DISTINCT b.vehicle_id, o.listened, $1
      FROM before o JOIN binding b ON b.during && tstzrange(o.listened, $1, '[]')
     WHERE o.was_deaf ORDER BY b.vehicle_id
)
INSERT INTO intake_watch AS w (listened) VALUES ($1)
ON CONFLICT (single) DO UPDATE
   SET listened = greatest(w.listened, excluded.listened), beat_at = now(),
       deaf_until = CASE WHEN (SELECT was_deaf FROM before) THEN excluded.listened ELSE w.deaf_until END;
