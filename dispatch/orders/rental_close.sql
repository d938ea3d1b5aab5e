-- name: firm_tariff
SELECT f.day_price_fen, f.km_price_fen, o.rental_price_fen
  FROM dispatch_order o JOIN rental_firm f ON f.id = o.rental_firm_id WHERE o.id = $1;

-- name: close_rental
INSERT INTO rental_closing (order_id, plate, driver_name, departed_at, returned_at, distance_m, price_fen, agreed_fen, contract_fen,
    note, closed_at, closed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: charge
UPDATE dispatch_order SET rental_price_fen = $2 WHERE id = $1;
