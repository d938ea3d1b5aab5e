-- name: cars
SELECT v.id, coalesce(p.number, v.code), v.model, vp.pool_id, v.category, v.class, v.seats, v.powertrain, v.range_m,
       v.norm_ml_per_100km, v.norm_wh_per_100km, v.home_lon, v.home_lat, v.insurance_until, v.inspection_until
  FROM vehicle v
  JOIN vehicle_pool vp ON vp.vehicle_id = v.id AND vp.during @> $1::timestamptz
  LEFT JOIN vehicle_plate b ON b.vehicle_id = v.id AND b.during @> $1::timestamptz
  LEFT JOIN plate p ON p.id = b.plate_id
 WHERE v.disposed_at IS NULL OR v.disposed_at > $1
 ORDER BY v.id;

-- name: pools
SELECT id, code, name, reserve_vehicles FROM pool ORDER BY id;

-- name: firms
SELECT id, name, vehicles, day_price_fen, km_price_fen FROM rental_firm WHERE active ORDER BY id;
