-- A car that is out, for as long as somebody said. What it is out for otherwise is not of it.
CREATE TABLE breakdown (
    id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id int4 NOT NULL REFERENCES vehicle,
    until timestamptz NOT NULL,              -- as was thought last
    said_at timestamptz NOT NULL, said_by int4 REFERENCES person,
    ended_at timestamptz, ended_by int4 REFERENCES person, -- somebody said it was fit before
    CHECK (until > said_at)
);
CREATE INDEX breakdown_vehicle ON breakdown (vehicle_id, until);
ALTER TABLE leg ADD COLUMN breakdown_id int4 REFERENCES breakdown CHECK (breakdown_id IS NULL OR kind = 'maintenance');
CREATE INDEX leg_breakdown ON leg (breakdown_id) WHERE breakdown_id IS NOT NULL;

-- Until now nothing but a breakdown made a maintenance leg.
INSERT INTO breakdown (vehicle_id, until, said_at)
SELECT vehicle_id, max(upper(during)), min(lower(during)) FROM leg WHERE kind = 'maintenance' AND status = 'held' GROUP BY 1;
UPDATE leg SET breakdown_id = b.id FROM breakdown b
 WHERE leg.vehicle_id = b.vehicle_id AND leg.kind = 'maintenance' AND leg.status = 'held';
