-- Work beside the folds that raised: put aside with its traceback, so that the rest goes on, and tried again later.
CREATE TABLE parked_work (
    room text NOT NULL CHECK (room IN ('passages', 'quality')),
    subject jsonb NOT NULL,                  -- {"receipt": 7}, {"device": 3, "digest": 9}, {"device": 3, "day": "2026-03-02"}
    tries int4 NOT NULL, traceback text NOT NULL,
    first_at timestamptz NOT NULL DEFAULT now(), retry_at timestamptz NOT NULL,
    PRIMARY KEY (room, subject)
);
