-- What every room stands on: the product clock, events, files, idempotency, the audit chain.

-- One row, shared by all processes. now() of the product = anchor_product + (clock_timestamp() - anchor_wall) * speed.
-- A scenario stays a scenario for ever: simulated facts can never be taken for real ones.
CREATE TABLE product_clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    scenario boolean NOT NULL,
    anchor_wall timestamptz NOT NULL,
    anchor_product timestamptz NOT NULL,
    speed double precision NOT NULL CHECK (speed BETWEEN 0 AND 10000),
    revision int8 NOT NULL DEFAULT 1
);
CREATE FUNCTION product_now() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT anchor_product + (clock_timestamp() - anchor_wall) * speed FROM product_clock $$;

-- Times go forward only, and a scenario never becomes real again.
CREATE FUNCTION product_clock_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.scenario AND NOT NEW.scenario THEN
        RAISE EXCEPTION 'a scenario database stays one' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.anchor_product < OLD.anchor_product THEN
        RAISE EXCEPTION 'the product clock goes forward only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON product_clock FOR EACH ROW EXECUTE FUNCTION product_clock_guard();

-- One row: the epoch of live clients. A restore changes it, so no client resumes on another history.
CREATE TABLE live_epoch (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO live_epoch DEFAULT VALUES;

-- Business events. Written with seq NULL in the change's own transaction; one elected sequencer
-- (advisory lock class 80) numbers visible rows, so readers may use "seq > last" and miss nothing.
CREATE TABLE outbox (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq int8 UNIQUE,
    kind text NOT NULL,
    pool_id int4,              -- whose platform may see it; NULL: every platform
    vehicle_id int4,
    at timestamptz NOT NULL,   -- product time
    data jsonb NOT NULL
);
CREATE INDEX outbox_unnumbered ON outbox (id) WHERE seq IS NULL;
CREATE TABLE outbox_seq (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    last int8 NOT NULL DEFAULT 0
);
INSERT INTO outbox_seq DEFAULT VALUES;

-- The same key gives the same answer; another body under it is refused (409).
CREATE TABLE idempotency (
    principal text NOT NULL,
    key text NOT NULL,
    request_digest bytea NOT NULL,
    status int2 NOT NULL,
    response jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (principal, key)
);

CREATE TABLE stored_file (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    media_type text NOT NULL,
    digest bytea NOT NULL UNIQUE,
    content bytea NOT NULL,
    at timestamptz NOT NULL
);

-- Append-only and hash-chained: digest = sha256(prev || canonical row). Actors are pseudonymous ids.
CREATE TABLE audit_entry (
    seq int8 PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    pool_id int4,
    detail jsonb NOT NULL,
    prev bytea NOT NULL,
    digest bytea NOT NULL
);
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION append_only();

-- Who is running, for run.json and the health page. Process leases use the database's own clock.
CREATE TABLE process_heartbeat (
    role text NOT NULL,
    pid int4 NOT NULL,
    host text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (role, host, pid)
);
