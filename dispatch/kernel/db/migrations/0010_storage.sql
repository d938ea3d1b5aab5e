-- Storage that ages well: what goes, when, and what keeps it.

-- Raw fixes before this moment are gone, but for what a legal hold keeps. It only moves forward, and no
-- partition before it is ever made again.
CREATE TABLE raw_horizon (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    since timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO raw_horizon DEFAULT VALUES;
CREATE TABLE legal_hold (
    id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id int4 NOT NULL REFERENCES vehicle,
    during tstzrange NOT NULL CHECK (is_period(during)),
    reason text NOT NULL CHECK (reason <> ''),
    placed_by text NOT NULL, placed_at timestamptz NOT NULL,
    released_by text, released_at timestamptz
);

CREATE OR REPLACE FUNCTION create_fix_week(monday timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'fix_' || to_char(monday AT TIME ZONE 'UTC', 'IYYY"w"IW');
BEGIN
    IF to_regclass(name) IS NOT NULL OR monday < (SELECT since FROM raw_horizon) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE fix INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE fix ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   name, monday, monday + interval '168 hours');
    RETURN true;
END $$;

-- Takes a week out of `fix` and moves the horizon; the files go with drop_gone_weeks, in a transaction of its
-- own that locks nothing anybody reads.
CREATE FUNCTION detach_fix_week(monday timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'fix_' || to_char(monday AT TIME ZONE 'UTC', 'IYYY"w"IW');
BEGIN
    EXECUTE format('ALTER TABLE fix DETACH PARTITION %I', name);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', name, 'gone_' || name);
    UPDATE raw_horizon SET since = greatest(since, monday + interval '168 hours');
END $$;

-- The same, but what legal holds keep stays: it is copied first, and takes the place of the week. The check
-- saves ATTACH from reading it again under the lock. The comment names the holds it was made for.
CREATE FUNCTION keep_held_of_fix_week(monday timestamptz, holds text) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE
    name text := 'fix_' || to_char(monday AT TIME ZONE 'UTC', 'IYYY"w"IW');
    kept int8;
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE fix INCLUDING ALL)', 'held_' || name);
    EXECUTE format('INSERT INTO %I SELECT f.* FROM %I f WHERE is_held(f.device_id, f.ts) ORDER BY device_id, ts',
                   'held_' || name, name);
    GET DIAGNOSTICS kept = ROW_COUNT;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT in_week CHECK (ts >= %L AND ts < %L)',
                   'held_' || name, monday, monday + interval '168 hours');
    EXECUTE format('COMMENT ON TABLE %I IS %L', 'held_' || name, holds);
    PERFORM detach_fix_week(monday);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', 'held_' || name, name);
    EXECUTE format('ALTER TABLE fix ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   name, monday, monday + interval '168 hours');
    RETURN kept;
END $$;
CREATE FUNCTION is_held(device int4, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM binding b JOIN legal_hold h ON h.vehicle_id = b.vehicle_id
                    WHERE b.device_id = device AND b.during @> at AND h.during @> at AND h.released_at IS NULL)
$$;
CREATE FUNCTION drop_gone_weeks() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class
                 WHERE relname ~ '^gone_fix_\d{4}w\d\d$' AND relkind = 'r' AND NOT relispartition ORDER BY 1 LOOP
        EXECUTE format('DROP TABLE %I', name);
        RETURN NEXT name;
    END LOOP;
END $$;

-- What a person, or trying it again, made of an entry; whose bytes were shed when the disk was full.
ALTER TABLE quarantine ADD COLUMN outcome text, ADD COLUMN shed_at timestamptz;
CREATE INDEX quarantine_waiting ON quarantine (reason, id) WHERE settled_at IS NULL;
CREATE INDEX quarantine_device ON quarantine (device, id);
CREATE INDEX quarantine_received ON quarantine (received_at);

-- What goes with the fixes of its time is found by its time; it comes nearly in order, so BRIN is enough.
CREATE INDEX fuel_observation_ts ON fuel_observation USING brin (ts);
CREATE INDEX etc_observation_ts ON etc_observation USING brin (ts);
CREATE INDEX device_status_ts ON device_status USING brin (ts);

-- When its client last connected: one with a new name each time would fill the table for ever.
ALTER TABLE mqtt_session ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();

-- Fixes, packed closer. Two int8 are the widest key whose leaves stay full while devices append at many places
-- at once (nbtsplitloc.c), so the digest leaves the key; what another digest says of the same moment goes to
-- fix_variant. Nobody read stored_at and our_flags. The columns stand in an order that needs no padding.
ALTER TABLE fix RENAME TO fix_old;
ALTER INDEX fix_pkey RENAME TO fix_old_pkey;
DO $$
DECLARE
    week regclass;
BEGIN
    FOR week IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'fix_old'::regclass LOOP
        EXECUTE format('ALTER TABLE %s RENAME TO %I', week, 'old_' || week);
    END LOOP;
END $$;
CREATE TABLE fix (
    ts timestamptz NOT NULL,
    digest int8 NOT NULL,
    device_id int4 NOT NULL,
    lon int4 NOT NULL, lat int4 NOT NULL,
    delay_ds int4 NOT NULL DEFAULT 0,        -- received_at - ts (product time) in 0.1 s
    odometer_m int4, fuel_ml int4, seq int4,
    speed_dkmh int2, heading int2, altitude_m int2, accuracy_dm int2,
    soc_permille int2, satellites int2, reported_flags int2 NOT NULL DEFAULT 0,
    ignition boolean,
    PRIMARY KEY (device_id, ts)
) PARTITION BY RANGE (ts);
CREATE TABLE fix_variant (LIKE fix INCLUDING DEFAULTS, PRIMARY KEY (device_id, ts, digest));
-- All that came: whoever folds or judges reads this.
CREATE VIEW every_fix AS SELECT * FROM fix UNION ALL SELECT * FROM fix_variant;
SELECT count(create_fix_week(monday)) FROM (SELECT DISTINCT date_trunc('week', ts, 'UTC') FROM fix_old) AS w (monday);
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
    SELECT ts, digest, device_id, lon, lat,
           greatest(-2147483647, least(2147483647, floor(extract(epoch FROM received_at - ts) * 10)))::int4 AS delay_ds,
           odometer_m, fuel_ml, seq, speed_dkmh, heading, altitude_m, accuracy_dm, soc_permille, satellites,
           reported_flags, ignition
      FROM fix_old;
INSERT INTO fix SELECT * FROM moved ORDER BY device_id, ts, digest ON CONFLICT DO NOTHING;
INSERT INTO fix_variant SELECT m.* FROM moved m JOIN fix f USING (device_id, ts) WHERE m.digest <> f.digest;
DROP TABLE fix_old;
