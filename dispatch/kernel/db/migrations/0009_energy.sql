-- What went into tank and battery and what was taken out, as the vehicle saw it; and tolls against the track.

-- Facts of the stream "energy". medium: at most one of each at a time.
CREATE TABLE energy_event (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id int4 NOT NULL REFERENCES vehicle,
    medium text NOT NULL CHECK (medium IN ('fuel', 'electricity')),
    kind text NOT NULL CHECK (kind IN ('refuel', 'drop', 'jump', 'charge')),
    started_at timestamptz NOT NULL,         -- the last reading of the old level
    ended_at timestamptz,                    -- the first of the new one; NULL: it goes on
    last_at timestamptz NOT NULL,
    settled boolean NOT NULL,                -- false: what the next minutes say may still withdraw it
    before_ml int4, after_ml int4, amount_ml int4,   -- amount: refuel and drop > 0, jump signed
    before_permille int2, after_permille int2, amount_wh int4,
    error_ml int4,                           -- what the amount may be off by, 19 times of 20
    confidence int2 NOT NULL CHECK (confidence BETWEEN 0 AND 100),
    readings int4 NOT NULL,                  -- that the levels rest on
    lon int4, lat int4,                      -- where it was
    version bytea NOT NULL,
    CHECK ((kind = 'charge') = (medium = 'electricity')),
    UNIQUE (vehicle_id, medium, started_at) DEFERRABLE INITIALLY DEFERRED
);

-- Where stations and gantries are, as imported. WGS-84 in 1e-7 degrees.
CREATE TABLE toll_place (
    name text PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('station', 'gantry')),
    lon int4 NOT NULL, lat int4 NOT NULL
);

-- A passage that somebody says took place, against where the vehicle was: a toll receipt's entry and exit,
-- or a gantry its unit saw. Made again whenever what it rests on changes.
CREATE TABLE toll_check (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    receipt_id int8 REFERENCES receipt,
    device_id int4, seen_at timestamptz, seen_digest int8,   -- of an etc_observation
    side text NOT NULL CHECK (side IN ('entry', 'exit', 'gantry')),
    vehicle_id int4 REFERENCES vehicle,      -- NULL: nobody's plate or unit at that time
    at timestamptz NOT NULL, place text,
    verdict text NOT NULL DEFAULT 'no-data' CHECK (verdict IN ('confirmed', 'contradicted', 'no-data', 'no-place', 'no-vehicle')),
    distance_m int4,                         -- the least between track and place within the time allowed
    near_at timestamptz,                     -- when that was
    lon int4, lat int4,                      -- where the vehicle was at `at`, between the fixes around it
    before_at timestamptz, after_at timestamptz,   -- those fixes
    fixes int4 NOT NULL DEFAULT 0,           -- usable ones within the time allowed
    -- Whoever wrote fixes or bindings before this row could be seen left no mark for it; all of them have ended
    -- when no transaction before this one runs any more. Only then is the track read. NULL: not known yet.
    safe_after xid8,
    CHECK ((receipt_id IS NULL) = (side = 'gantry')), CHECK ((device_id IS NULL) = (side <> 'gantry')),
    UNIQUE (receipt_id, side), UNIQUE (device_id, seen_at, seen_digest)
);
CREATE INDEX toll_check_vehicle ON toll_check (vehicle_id, at);
CREATE INDEX toll_check_new ON toll_check (id) WHERE safe_after IS NULL;

-- Which checks must be made again: one of the two. Append-only; the checker deletes exactly what it read.
CREATE TABLE toll_mark (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    receipt_id int8, device_id int4, seen_at timestamptz, seen_digest int8
);
-- Marks are written where the data are, whoever writes them: no path can forget it.
CREATE FUNCTION mark_toll_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO toll_mark (receipt_id) SELECT id FROM fresh WHERE kind = 'toll' AND amount_fen >= 0 ORDER BY id;
    RETURN NULL;
END $$;
CREATE TRIGGER mark_tolls AFTER INSERT ON receipt REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION mark_toll_receipts();
CREATE FUNCTION mark_gantries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO toll_mark (device_id, seen_at, seen_digest) SELECT device_id, ts, digest FROM fresh;
    RETURN NULL;
END $$;
CREATE TRIGGER mark_gantries AFTER INSERT ON etc_observation REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION mark_gantries();
-- Fixes, late ones too, and changed bindings mark their vehicle: the checks that lie there are made again.
CREATE FUNCTION mark_tolls_of_vehicles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO toll_mark (receipt_id, device_id, seen_at, seen_digest)
    SELECT DISTINCT c.receipt_id, c.device_id, c.seen_at, c.seen_digest
      FROM (SELECT vehicle_id, min(lo) AS lo, max(hi) AS hi FROM fresh GROUP BY vehicle_id) AS m
      JOIN toll_check c ON c.vehicle_id = m.vehicle_id
                       AND c.at BETWEEN m.lo - interval '30 minutes' AND m.hi + interval '30 minutes';
    RETURN NULL;
END $$;
CREATE TRIGGER mark_tolls AFTER INSERT ON vehicle_mark REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION mark_tolls_of_vehicles();
CREATE FUNCTION mark_tolls_of_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO toll_mark (receipt_id, device_id, seen_at, seen_digest)
    SELECT DISTINCT c.receipt_id, c.device_id, c.seen_at, c.seen_digest
      FROM fresh f JOIN toll_check c ON c.place = f.name;
    RETURN NULL;
END $$;
CREATE TRIGGER mark_tolls_new AFTER INSERT ON toll_place REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION mark_tolls_of_places();
CREATE TRIGGER mark_tolls_moved AFTER UPDATE ON toll_place REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION mark_tolls_of_places();

-- Whose plate or unit it was, entered or corrected later.
CREATE FUNCTION mark_tolls_of_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO toll_mark (receipt_id, device_id, seen_at, seen_digest)
    SELECT DISTINCT receipt_id, device_id, seen_at, seen_digest
      FROM toll_check
     WHERE side <> 'gantry' AND (vehicle_id IS NULL OR vehicle_id IN (NEW.vehicle_id, OLD.vehicle_id));
    RETURN NULL;
END $$;
CREATE TRIGGER mark_tolls AFTER INSERT OR UPDATE OR DELETE ON vehicle_plate
    FOR EACH ROW EXECUTE FUNCTION mark_tolls_of_identity();
CREATE TRIGGER mark_tolls AFTER INSERT OR UPDATE OR DELETE ON vehicle_obu
    FOR EACH ROW EXECUTE FUNCTION mark_tolls_of_identity();

-- The folds read what a vehicle's tank and battery hold: another size is another history.
CREATE FUNCTION mark_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES (NEW.id, '1970-01-01Z', '2200-01-01Z');
    RETURN NULL;
END $$;
CREATE TRIGGER mark_capacity AFTER UPDATE ON vehicle FOR EACH ROW
    WHEN ((OLD.tank_ml, OLD.battery_wh, OLD.norm_ml_per_100km, OLD.powertrain)
          IS DISTINCT FROM (NEW.tank_ml, NEW.battery_wh, NEW.norm_ml_per_100km, NEW.powertrain))
    EXECUTE FUNCTION mark_capacity();
