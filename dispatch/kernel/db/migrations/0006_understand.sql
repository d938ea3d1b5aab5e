-- Understanding in batches: the head of each vehicle's checkpoints in a row of its own, found and moved on cheaply.

CREATE INDEX binding_vehicle ON binding (vehicle_id);
CREATE INDEX binding_device ON binding (device_id);

-- The state after all that was heard. text: it is written with nearly every fix, and read as a whole. No index on what
-- changes and room in each page, so that a new version takes the place of the old one.
CREATE TABLE fold_head (
    vehicle_id int4 PRIMARY KEY,
    at timestamptz NOT NULL,
    fold_version int4 NOT NULL, digest bytea NOT NULL, state text NOT NULL
) WITH (fillfactor = 50);
INSERT INTO fold_head SELECT vehicle_id, at, fold_version, digest, state FROM checkpoint WHERE kind = 'head';
DELETE FROM checkpoint WHERE kind = 'head';
ALTER TABLE checkpoint DROP CONSTRAINT checkpoint_kind_check, ADD CHECK (kind IN ('stop', 'midnight'));

-- What the register says of a vehicle is read by its folds, but the register knows nothing of folds: so the vehicle is
-- folded again over the time concerned, in the change's own transaction. A mark ends a day after product time: younger
-- fixes do not exist yet, and will make marks of their own.
CREATE FUNCTION fold_vehicle_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES (NEW.id, '1970-01-01Z', product_now() + interval '1 day');
    RETURN NULL;
END $$;
CREATE TRIGGER folded_again AFTER UPDATE OF powertrain, tank_ml, battery_wh, range_m, home_lon, home_lat, class ON vehicle
    FOR EACH ROW WHEN ((OLD.powertrain, OLD.tank_ml, OLD.battery_wh, OLD.range_m, OLD.home_lon, OLD.home_lat, OLD.class)
                       IS DISTINCT FROM (NEW.powertrain, NEW.tank_ml, NEW.battery_wh, NEW.range_m, NEW.home_lon, NEW.home_lat, NEW.class))
    EXECUTE FUNCTION fold_vehicle_again();

CREATE FUNCTION fold_pool_again() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one vehicle_pool;
BEGIN
    -- a vehicle that is new has no fixes, and its first platform changes nothing that was understood
    IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM binding b WHERE b.vehicle_id = NEW.vehicle_id) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN one := OLD; ELSE one := NEW; END IF;
    IF TG_OP = 'UPDATE' THEN one.during := range_merge(OLD.during, NEW.during); END IF;
    INSERT INTO vehicle_mark (vehicle_id, lo, hi)
    VALUES (one.vehicle_id, lower(one.during), greatest(lower(one.during), least(upper(one.during), product_now() + interval '1 day')));
    RETURN NULL;
END $$;
CREATE TRIGGER folded_again AFTER INSERT OR UPDATE OR DELETE ON vehicle_pool
    FOR EACH ROW EXECUTE FUNCTION fold_pool_again();

-- Up to which product time intake listened (no row: always), and the end of the last time when it did not, for which no
-- vehicle is blamed.
CREATE TABLE intake_watch (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    listened timestamptz NOT NULL,
    deaf_until timestamptz,                  -- NULL: it always listened
    beat_at timestamptz NOT NULL DEFAULT now()
);
