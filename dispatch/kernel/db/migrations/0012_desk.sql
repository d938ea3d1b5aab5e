-- What a person decides at the desk of devices.

-- A knocker that a person has looked at and does not want: still counted, no longer shown among those that wait.
ALTER TABLE refused_device ADD COLUMN ignored boolean NOT NULL DEFAULT false;
