-- name: read_clock
SELECT scenario, speed, revision, product_now() AS product FROM product_clock;

-- name: start_real
INSERT INTO product_clock (scenario, anchor_wall, anchor_product, speed)
VALUES (false, '2000-01-01Z', '2000-01-01Z', 1) ON CONFLICT DO NOTHING;

-- name: start_scenario
INSERT INTO product_clock (scenario, anchor_wall, anchor_product, speed)
VALUES (true, clock_timestamp(), $1, $2) ON CONFLICT DO NOTHING;

-- name: lock_clock
SELECT scenario FROM product_clock FOR UPDATE;

-- name: step_to
UPDATE product_clock SET anchor_wall = clock_timestamp(), anchor_product = $1, revision = revision + 1
 WHERE product_now() <= $1
RETURNING anchor_product;

-- name: set_speed
-- The anchor moves to now first, so that the past keeps the speed it had.
UPDATE product_clock SET anchor_product = anchor_product + (c.now - anchor_wall) * speed, anchor_wall = c.now,
       speed = $1, revision = revision + 1
  FROM (SELECT clock_timestamp() AS now) c;
