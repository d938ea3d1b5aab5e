-- name: claim_table
CREATE TEMP TABLE claimed (device text NOT NULL, ts timestamptz NOT NULL, lon int4 NOT NULL, lat int4 NOT NULL);

-- name: drop_claims
DROP TABLE claimed;

-- name: missing_fixes
SELECT c.device, c.ts, c.lon, c.lat FROM claimed c
 WHERE NOT EXISTS (SELECT FROM every_fix f JOIN device d ON d.id = f.device_id
                    WHERE d.name = c.device AND f.ts = c.ts AND f.lon = c.lon AND f.lat = c.lat)
 ORDER BY c.device, c.ts;

-- name: unclaimed_fixes
-- Fixes of the run's terminals that nobody was told were stored.
SELECT d.name AS device, f.ts, f.lon, f.lat FROM every_fix f JOIN device d ON d.id = f.device_id
 WHERE d.name = ANY ($1::text[])
   AND NOT EXISTS (SELECT FROM claimed c WHERE c.device = d.name AND c.ts = f.ts AND c.lon = f.lon AND c.lat = f.lat)
 ORDER BY d.name, f.ts;

-- name: double_fixes
-- A clock that was set back says a time twice, but not at the same place.
SELECT d.name AS device, f.ts, count(*)::int4 AS times FROM every_fix f JOIN device d ON d.id = f.device_id
 WHERE d.name = ANY ($1::text[]) GROUP BY d.name, f.ts, f.lon, f.lat HAVING count(*) > 1 ORDER BY d.name, f.ts;

-- name: put_aside
SELECT device, payload FROM quarantine WHERE reason IN ('expired', 'future');

-- name: receipts
SELECT r.issuer, r.txn, r.kind, r.line, r.amount_fen, coalesce(r.quantity_ml, r.quantity_wh) AS quantity,
       v.code AS car, coalesce(m.status, 'unmatched') AS status
  FROM receipt r LEFT JOIN receipt_match m ON m.receipt_id = r.id LEFT JOIN vehicle v ON v.id = m.vehicle_id;

-- name: costs
-- Debit balances of the cost accounts by car; NULL: nobody's.
SELECT v.code AS car, substr(p.account, 6) AS kind, sum(p.amount)::int8 AS fen
  FROM posting p LEFT JOIN vehicle v ON v.id = p.vehicle_id
 WHERE p.measure = 'fen' AND p.account IN ('cost:fuel', 'cost:electricity', 'cost:toll', 'cost:parking')
 GROUP BY v.code, p.account;

-- name: trips
SELECT o.order_no, o.state, v.code AS car, c.code AS driver, t.started_at, t.ended_at,
       t.gps_m, t.device_odometer_m, t.declared_m
  FROM dispatch_order o LEFT JOIN trip t ON t.order_id = o.id
  LEFT JOIN vehicle v ON v.id = t.vehicle_id
  LEFT JOIN driver d ON d.id = t.driver_id LEFT JOIN person c ON c.id = d.person_id
 WHERE o.order_no = ANY ($1::text[]) ORDER BY t.id;

-- name: check_ins
SELECT c.client_key, c.kind, c.taken_at, c.odometer_m, o.order_no
  FROM check_in c JOIN dispatch_order o ON o.id = c.order_id WHERE c.client_key = ANY ($1::text[]);
