-- A planner says how far it is while it holds the plan's row, and looks there whether it shall stop.
CREATE TABLE plan_progress (
    plan_id int4 PRIMARY KEY REFERENCES plan_run ON DELETE CASCADE,
    at timestamptz NOT NULL,                 -- product time of the last word
    progress jsonb,                          -- phase, seconds, levels, bound; NULL: no planner has it yet
    stop_asked_at timestamptz, stop_asked_by int4 REFERENCES person
);

-- The plan itself, with its multipliers, so that it can explain itself and be judged again; docs/optimizer.schema.json.
ALTER TABLE plan_run ADD COLUMN solution jsonb;

-- Who wrote a check-in down in the driver's place, where the phone cannot; NULL: the phone.
ALTER TABLE check_in ADD COLUMN entered_by int4 REFERENCES person;
