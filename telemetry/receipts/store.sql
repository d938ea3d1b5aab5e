-- name: accept
-- The first one under a key wins, in order of arrival; the order of keys keeps two writers from deadlocking.
WITH new AS (
    INSERT INTO receipt (issuer, txn, kind, line, reverses_txn, body_digest, at, received_at, card_no, plate, obu,
                         place, lon, lat, product, quantity_ml, quantity_wh, entry_place, entry_at, odometer_m,
                         amount_fen, detail)
    SELECT i.issuer, i.txn, i.kind, i.line, i.reverses_txn, decode(i.body_digest, 'hex'), i.at, i.received_at,
           i.card_no, i.plate, i.obu, i.place, i.lon, i.lat, i.product, i.quantity_ml, i.quantity_wh,
           i.entry_place, i.entry_at, i.odometer_m, i.amount_fen, i.detail
      FROM jsonb_to_recordset($1) AS i (
           ordinal int4, issuer text, txn text, kind text, line int4, reverses_txn text, body_digest text,
           at timestamptz, received_at timestamptz, card_no text, plate text, obu text, place text, lon int4, lat int4,
           product text, quantity_ml int8, quantity_wh int8, entry_place text, entry_at timestamptz,
           odometer_m int8, amount_fen int8, detail jsonb)
     ORDER BY i.issuer, i.txn, i.kind, i.line, i.ordinal
    ON CONFLICT (issuer, txn, kind, line) DO NOTHING
    RETURNING id
), marked AS (
    INSERT INTO receipt_mark (receipt_id) SELECT id FROM new
)
SELECT count(*) FROM new;

-- name: conflicting
-- A later snapshot than accept's, so it also sees what another writer stored first.
SELECT i.ordinal
  FROM jsonb_to_recordset($1) AS i (ordinal int4, issuer text, txn text, kind text, line int4, body_digest text)
  JOIN receipt r USING (issuer, txn, kind, line)
 WHERE r.body_digest <> decode(i.body_digest, 'hex')
 ORDER BY i.ordinal;
