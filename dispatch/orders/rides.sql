-- name: add_ride
INSERT INTO ride (leg_id, loaded_m, driving_s) VALUES ($1, $2, $3);

-- name: add_party
INSERT INTO ride_party (leg_id, order_id, on_turn, off_turn, on_at, off_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: riding
SELECT order_id, on_turn, off_turn, on_at, off_at FROM ride_party WHERE leg_id = $1 AND left_at IS NULL ORDER BY on_turn, order_id;

-- name: ride
SELECT loaded_m, driving_s FROM ride WHERE leg_id = $1;

-- name: leave
UPDATE ride_party SET left_at = $3 WHERE leg_id = $1 AND order_id = $2 AND left_at IS NULL;

-- name: stand_under
-- Written in any case: a board that was made of the leg must see that somebody has left.
UPDATE leg SET order_id = $2 WHERE id = $1;

-- name: end_ride
UPDATE ride_party SET left_at = $2 WHERE leg_id = $1 AND left_at IS NULL;
