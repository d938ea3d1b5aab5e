-- A plan is of one day, or of some in a row from it on.
ALTER TABLE plan_run ADD COLUMN days int2 NOT NULL DEFAULT 1 CHECK (days BETWEEN 1 AND 3);
-- The car that a promise over several days was found on: boards of each of them look there first.
ALTER TABLE trip_request ADD COLUMN promised_vehicle int4 REFERENCES vehicle;
