-- name: figures
SELECT (SELECT count(*) FROM every_fix) AS fixes_committed,
       (SELECT count(*) FROM trip_request) AS requests,
       (SELECT count(*) FROM dispatch_order WHERE state = 'completed') AS orders_completed,
       (SELECT count(*) FROM dispatch_order
         WHERE rental_firm_id IS NOT NULL AND state NOT IN ('aborted', 'displaced')) AS rentals,
       (SELECT count(*) FROM trip_request r
         WHERE r.state = 'approved' AND r.depart_at <= product_now()
           AND NOT EXISTS (SELECT FROM dispatch_order o
                            WHERE o.request_id = r.id AND o.state NOT IN ('aborted', 'displaced'))) AS unassigned,
       (SELECT count(*) FROM receipt) AS receipts,
       (SELECT count(*) FROM receipt_match WHERE status = 'matched') AS receipts_matched,
       (SELECT count(*) FROM trip) AS trips,
       -- debit is positive, credit negative; over all books
       (SELECT coalesce(sum(amount), 0)::int8 FROM posting
         WHERE measure = 'fen' AND account IN ('cost:fuel', 'cost:electricity', 'cost:toll', 'cost:parking')) AS ledger_fen;

-- name: last_plan
SELECT cost_fen AS plan_cost_fen, bound_kind, bound_fen AS plan_bound_fen FROM plan_run
 WHERE state IN ('done', 'fallback') ORDER BY finished_at DESC LIMIT 1;

-- name: waiting
-- What is stored but not yet understood, matched or posted.
SELECT (SELECT count(*) FROM dirty_mark) + (SELECT count(*) FROM vehicle_mark)
     + (SELECT count(*) FROM fact_change WHERE consumer IN ('trips', 'accounting'))
     + (SELECT count(*) FROM receipt_mark);

-- name: claim_table
CREATE TEMP TABLE claimed (device text NOT NULL, ts timestamptz NOT NULL, lon int4 NOT NULL, lat int4 NOT NULL);

-- name: missing
SELECT count(*) FROM claimed c
 WHERE NOT EXISTS (SELECT FROM every_fix f JOIN device d ON d.id = f.device_id
                    WHERE d.name = c.device AND f.ts = c.ts AND f.lon = c.lon AND f.lat = c.lat);
