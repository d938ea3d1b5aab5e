-- Shared rides (拼车): one leg of one car, several orders. Who is not asked for it may share.
ALTER TABLE trip_request ADD COLUMN shareable boolean NOT NULL DEFAULT true;

-- A leg that more than one order rides on. Kilometres, times and locks are the leg's, so they are there once.
CREATE TABLE ride (
    leg_id int4 PRIMARY KEY REFERENCES leg,
    loaded_m int4 NOT NULL CHECK (loaded_m >= 0),        -- planned, from the first call to the last
    driving_s int4 NOT NULL CHECK (driving_s >= 0)
);
CREATE TABLE ride_party (
    leg_id int4 NOT NULL REFERENCES ride,
    order_id int4 NOT NULL REFERENCES dispatch_order,
    on_turn int2 NOT NULL, off_turn int2 NOT NULL,       -- numbers of the stops
    on_at timestamptz NOT NULL, off_at timestamptz NOT NULL,
    left_at timestamptz,                                 -- since then it rides no more; NULL: it does
    PRIMARY KEY (leg_id, order_id),
    CHECK (on_turn < off_turn), CHECK (on_at < off_at)
);
CREATE INDEX ride_party_order ON ride_party (order_id);
CREATE UNIQUE INDEX one_ride_at_a_time ON ride_party (order_id) WHERE left_at IS NULL;

-- Every leg under every order that it serves. Who has left a ride has no more of it than of a leg called off.
CREATE VIEW order_leg AS
SELECT l.id, l.order_id, l.vehicle_id, l.driver_id, l.kind, l.status, l.during, l.planned, false AS shared
  FROM leg l WHERE NOT EXISTS (SELECT FROM ride_party p WHERE p.leg_id = l.id)
UNION ALL
SELECT l.id, p.order_id, l.vehicle_id, l.driver_id, l.kind, CASE WHEN p.left_at IS NULL THEN l.status ELSE 'cancelled' END,
       l.during, l.planned, true
  FROM ride_party p JOIN leg l ON l.id = p.leg_id;

CREATE INDEX posting_order ON posting (order_id) WHERE order_id IS NOT NULL;

-- A live ride stands under the order of one of its parties, and no party has another live leg beside it.
-- One car and one driver are held once (leg_vehicle_once, leg_driver_once), however many ride.
CREATE FUNCTION ride_is_sound() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    it int4 := CASE TG_TABLE_NAME WHEN 'leg' THEN (to_jsonb(NEW) ->> 'id')::int4 ELSE (to_jsonb(NEW) ->> 'leg_id')::int4 END;
BEGIN
    IF EXISTS (SELECT FROM leg l JOIN ride r ON r.leg_id = l.id
                WHERE l.id = it AND l.status IN ('held', 'assigned', 'running', 'done')
                  AND NOT EXISTS (SELECT FROM ride_party p WHERE p.leg_id = l.id AND p.order_id = l.order_id AND p.left_at IS NULL))
       OR EXISTS (SELECT FROM order_leg a JOIN order_leg b ON b.order_id = a.order_id AND b.id <> a.id
                   WHERE a.id = it AND a.status IN ('held', 'assigned', 'running', 'done') AND a.kind = 'trip'
                     AND b.status IN ('held', 'assigned', 'running', 'done') AND b.kind = 'trip' AND (a.shared OR b.shared))
    THEN
        RAISE EXCEPTION 'leg % is no sound ride', it USING ERRCODE = 'check_violation', CONSTRAINT = 'ride_is_sound';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ride_is_sound AFTER INSERT OR UPDATE ON leg
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.order_id IS NOT NULL) EXECUTE FUNCTION ride_is_sound();
CREATE CONSTRAINT TRIGGER ride_is_sound AFTER INSERT OR UPDATE ON ride_party
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ride_is_sound();
