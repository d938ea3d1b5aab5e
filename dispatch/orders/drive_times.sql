-- name: newest
SELECT made_of, version FROM travel_matrix ORDER BY id DESC LIMIT 1;

-- name: matrix
SELECT lon, lat, seconds, metres, toll_fen FROM travel_matrix WHERE version = $1
 ORDER BY id DESC LIMIT 1;

-- name: keep
INSERT INTO travel_matrix (made_of, version, made_at, lon, lat, seconds, metres, toll_fen)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: forget
DELETE FROM travel_matrix
 WHERE id NOT IN (SELECT id FROM travel_matrix ORDER BY id DESC LIMIT 3);
