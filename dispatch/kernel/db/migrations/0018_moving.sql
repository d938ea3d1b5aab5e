-- Whether a plan may move orders that are sent and that no driver has accepted yet.
ALTER TABLE plan_run ADD COLUMN may_move boolean NOT NULL DEFAULT false;
-- The order that a plan put in this one's place, on another car or with another driver.
ALTER TABLE dispatch_order ADD COLUMN moved_to int4 REFERENCES dispatch_order CHECK (moved_to <> id);
