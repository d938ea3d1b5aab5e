-- name: one_import_at_a_time
LOCK TABLE pool IN SHARE ROW EXCLUSIVE MODE;

-- name: all_codes
SELECT 'pools' AS kind, code, id FROM pool
UNION ALL SELECT 'rental_firms', name, id FROM rental_firm
UNION ALL SELECT 'places', code, id FROM place
UNION ALL SELECT 'units', code, id FROM unit
UNION ALL SELECT 'people', code, id FROM person
UNION ALL SELECT 'vehicles', code, id FROM vehicle
UNION ALL SELECT 'drivers', p.code, d.id FROM driver d JOIN person p ON p.id = d.person_id;

-- name: put_pools
INSERT INTO pool (code, name, name_en, level, adcode, lon, lat, reserve_vehicles) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, level = excluded.level,
    adcode = excluded.adcode, lon = excluded.lon, lat = excluded.lat, reserve_vehicles = excluded.reserve_vehicles
RETURNING id, xmax = 0 AS new;

-- name: put_rental_firms
INSERT INTO rental_firm (name, vehicles, day_price_fen, km_price_fen, active) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET vehicles = excluded.vehicles, day_price_fen = excluded.day_price_fen,
    km_price_fen = excluded.km_price_fen, active = excluded.active
RETURNING id, xmax = 0 AS new;

-- name: put_places
INSERT INTO place (code, name, name_en, kind, adcode, lon, lat) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, kind = excluded.kind,
    adcode = excluded.adcode, lon = excluded.lon, lat = excluded.lat
RETURNING id, xmax = 0 AS new;

-- name: put_units
INSERT INTO unit (code, name, grassroots, lon, lat) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, grassroots = excluded.grassroots, lon = excluded.lon, lat = excluded.lat
RETURNING id, xmax = 0 AS new;

-- name: put_people
INSERT INTO person (code, name, phone) VALUES ($1, $2, $3)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, phone = coalesce(excluded.phone, person.phone)
RETURNING id, xmax = 0 AS new;

-- name: put_vehicles
INSERT INTO vehicle (code, model, class, category, seats, powertrain, tank_ml, battery_wh, range_m, norm_ml_per_100km,
    norm_wh_per_100km, first_registered, home_lon, home_lat, insurance_until, inspection_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (code) DO UPDATE SET model = excluded.model, class = excluded.class, category = excluded.category,
    seats = excluded.seats, powertrain = excluded.powertrain, tank_ml = excluded.tank_ml, battery_wh = excluded.battery_wh,
    range_m = excluded.range_m, norm_ml_per_100km = excluded.norm_ml_per_100km, norm_wh_per_100km = excluded.norm_wh_per_100km,
    first_registered = excluded.first_registered, home_lon = excluded.home_lon, home_lat = excluded.home_lat,
    insurance_until = excluded.insurance_until, inspection_until = excluded.inspection_until
RETURNING id, xmax = 0 AS new;

-- name: put_drivers
INSERT INTO driver (person_id, licence_class, licence_until) VALUES ($1, $2, $3)
ON CONFLICT (person_id) DO UPDATE SET licence_class = excluded.licence_class, licence_until = excluded.licence_until
RETURNING id, xmax = 0 AS new;

-- name: plate
INSERT INTO plate (number) VALUES ($1) ON CONFLICT (number) DO UPDATE SET number = excluded.number RETURNING id;

-- name: card
INSERT INTO fuel_card (number) VALUES ($1) ON CONFLICT (number) DO UPDATE SET number = excluded.number RETURNING id;

-- name: obu
INSERT INTO obu (number) VALUES ($1) ON CONFLICT (number) DO UPDATE SET number = excluded.number RETURNING id;

-- name: end_plate
-- Both sides are exclusive: the vehicle's old plate ends, and so does the plate on another vehicle.
UPDATE vehicle_plate SET during = tstzrange(lower(during), $3)
 WHERE (vehicle_id = $1) <> (plate_id = $2) AND during @> $3::timestamptz AND lower(during) < $3;

-- name: begin_plate
INSERT INTO vehicle_plate (vehicle_id, plate_id, during) SELECT $1, $2, tstzrange($3, NULL)
 WHERE NOT EXISTS (SELECT FROM vehicle_plate WHERE vehicle_id = $1 AND plate_id = $2 AND during @> $3::timestamptz) RETURNING 1;

-- name: end_card
UPDATE vehicle_fuel_card SET during = tstzrange(lower(during), $3)
 WHERE (vehicle_id = $1) <> (card_id = $2) AND during @> $3::timestamptz AND lower(during) < $3;

-- name: begin_card
INSERT INTO vehicle_fuel_card (vehicle_id, card_id, during) SELECT $1, $2, tstzrange($3, NULL)
 WHERE NOT EXISTS (SELECT FROM vehicle_fuel_card WHERE vehicle_id = $1 AND card_id = $2 AND during @> $3::timestamptz) RETURNING 1;

-- name: end_obu
UPDATE vehicle_obu SET during = tstzrange(lower(during), $3)
 WHERE (vehicle_id = $1) <> (obu_id = $2) AND during @> $3::timestamptz AND lower(during) < $3;

-- name: begin_obu
INSERT INTO vehicle_obu (vehicle_id, obu_id, during) SELECT $1, $2, tstzrange($3, NULL)
 WHERE NOT EXISTS (SELECT FROM vehicle_obu WHERE vehicle_id = $1 AND obu_id = $2 AND during @> $3::timestamptz) RETURNING 1;

-- name: end_vehicle_pool
UPDATE vehicle_pool SET during = tstzrange(lower(during), $3)
 WHERE vehicle_id = $1 AND pool_id <> $2 AND during @> $3::timestamptz AND lower(during) < $3;

-- name: begin_vehicle_pool
INSERT INTO vehicle_pool (vehicle_id, pool_id, during) SELECT $1, $2, tstzrange($3, NULL)
 WHERE NOT EXISTS (SELECT FROM vehicle_pool WHERE vehicle_id = $1 AND pool_id = $2 AND during @> $3::timestamptz) RETURNING 1;

-- name: end_keeper
UPDATE vehicle_keeper SET during = tstzrange(lower(during), $3)
 WHERE vehicle_id = $1 AND person_id <> $2 AND during @> $3::timestamptz AND lower(during) < $3;

-- name: begin_keeper
INSERT INTO vehicle_keeper (vehicle_id, person_id, during) SELECT $1, $2, tstzrange($3, NULL)
 WHERE NOT EXISTS (SELECT FROM vehicle_keeper WHERE vehicle_id = $1 AND person_id = $2 AND during @> $3::timestamptz) RETURNING 1;

-- name: end_driver_pool
UPDATE driver_pool SET during = tstzrange(lower(during), $3)
 WHERE driver_id = $1 AND pool_id <> $2 AND during @> $3::timestamptz AND lower(during) < $3;

-- name: begin_driver_pool
INSERT INTO driver_pool (driver_id, pool_id, during) SELECT $1, $2, tstzrange($3, NULL)
 WHERE NOT EXISTS (SELECT FROM driver_pool WHERE driver_id = $1 AND pool_id = $2 AND during @> $3::timestamptz) RETURNING 1;

-- name: end_unit_pool
UPDATE unit_pool SET during = tstzrange(lower(during), $3)
 WHERE unit_id = $1 AND pool_id <> $2 AND during @> $3::timestamptz AND lower(during) < $3;

-- name: begin_unit_pool
INSERT INTO unit_pool (unit_id, pool_id, during) SELECT $1, $2, tstzrange($3, NULL)
 WHERE NOT EXISTS (SELECT FROM unit_pool WHERE unit_id = $1 AND pool_id = $2 AND during @> $3::timestamptz) RETURNING 1;

-- name: end_person_unit
UPDATE person_unit SET during = tstzrange(lower(during), $3)
 WHERE person_id = $1 AND unit_id <> $2 AND during @> $3::timestamptz AND lower(during) < $3;

-- name: begin_person_unit
INSERT INTO person_unit (person_id, unit_id, during) SELECT $1, $2, tstzrange($3, NULL)
 WHERE NOT EXISTS (SELECT FROM person_unit WHERE person_id = $1 AND unit_id = $2 AND during @> $3::timestamptz) RETURNING 1;

-- name: set_days
WITH written AS (
    INSERT INTO calendar_day AS c (day, kind, name) SELECT * FROM unnest($1::date[], $2::text[], $3::text[])
    ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name = excluded.name WHERE $4::boolean
    RETURNING 1)
SELECT count(*)::int4 FROM written;

-- name: days_between
SELECT day, kind, name FROM calendar_day WHERE day BETWEEN $1 AND $2 ORDER BY day;

-- name: pools
SELECT id, code, name, name_en, level, adcode, lon, lat, reserve_vehicles FROM pool ORDER BY id;

-- name: firms
SELECT id, name, vehicles, day_price_fen, km_price_fen, active FROM rental_firm ORDER BY id;

-- name: places
SELECT id, code, name, name_en, kind, adcode, lon, lat FROM place ORDER BY id;

-- name: units
SELECT u.id, u.code, u.name, up.pool_id, u.grassroots, u.lon, u.lat
  FROM unit u LEFT JOIN unit_pool up ON up.unit_id = u.id AND up.during @> $1::timestamptz ORDER BY u.id;

-- name: vehicles
SELECT v.id, v.code, p.number AS plate, f.number AS fuel_card, o.number AS obu, vp.pool_id, v.model, v.category,
       v.class AS vehicle_class, v.seats, v.powertrain, v.tank_ml, v.battery_wh, v.range_m, v.first_registered,
       v.home_lon, v.home_lat, v.insurance_until, v.inspection_until
  FROM vehicle v
  JOIN vehicle_pool vp ON vp.vehicle_id = v.id AND vp.during @> $1::timestamptz
  LEFT JOIN vehicle_plate w ON w.vehicle_id = v.id AND w.during @> $1::timestamptz
  LEFT JOIN plate p ON p.id = w.plate_id
  LEFT JOIN vehicle_fuel_card c ON c.vehicle_id = v.id AND c.during @> $1::timestamptz
  LEFT JOIN fuel_card f ON f.id = c.card_id
  LEFT JOIN vehicle_obu b ON b.vehicle_id = v.id AND b.during @> $1::timestamptz
  LEFT JOIN obu o ON o.id = b.obu_id
 WHERE (v.disposed_at IS NULL OR v.disposed_at > $1) AND ($2::int4[] IS NULL OR vp.pool_id = ANY ($2))
 ORDER BY v.id;

-- name: drivers
SELECT d.id, d.person_id, p.code, p.name, dp.pool_id, d.licence_class, d.licence_until
  FROM driver d JOIN person p ON p.id = d.person_id
  JOIN driver_pool dp ON dp.driver_id = d.id AND dp.during @> $1::timestamptz
 WHERE $2::int4[] IS NULL OR dp.pool_id = ANY ($2) ORDER BY d.id;

-- name: vehicle_by_plate
SELECT w.vehicle_id FROM vehicle_plate w JOIN plate p ON p.id = w.plate_id
 WHERE p.number = $1 AND w.during @> $2::timestamptz;

-- name: vehicle_by_card
SELECT c.vehicle_id FROM vehicle_fuel_card c JOIN fuel_card f ON f.id = c.card_id
 WHERE f.number = $1 AND c.during @> $2::timestamptz;

-- name: vehicle_by_obu
SELECT b.vehicle_id FROM vehicle_obu b JOIN obu o ON o.id = b.obu_id
 WHERE o.number = $1 AND b.during @> $2::timestamptz;

-- name: plate_of_vehicle
SELECT p.number FROM vehicle_plate w JOIN plate p ON p.id = w.plate_id
 WHERE w.vehicle_id = $1 AND w.during @> $2::timestamptz;

-- name: pool_of_vehicle
SELECT pool_id FROM vehicle_pool WHERE vehicle_id = $1 AND during @> $2::timestamptz;

-- name: pool_of_driver
SELECT pool_id FROM driver_pool WHERE driver_id = $1 AND during @> $2::timestamptz;

-- name: pool_of_unit
SELECT pool_id FROM unit_pool WHERE unit_id = $1 AND during @> $2::timestamptz;

-- name: unit_of_person
SELECT unit_id FROM person_unit WHERE person_id = $1 AND during @> $2::timestamptz;
