-- name: in_force
SELECT class, pool_id, km_price_fen, km_price_beyond_fen, beyond_m
  FROM tariff WHERE during @> $1::timestamptz ORDER BY class, pool_id NULLS FIRST, lower(during);
