-- How long it takes between places and homes, as the road network or a routing server has it.
-- Whoever plans or promises looks here; the planner makes it anew when something has changed.
CREATE TABLE travel_matrix (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_of text NOT NULL,        -- digest of what it was made of; equal: need not be made again
    version text NOT NULL,        -- of the matrix; plans name it
    made_at timestamptz NOT NULL, -- product time
    lon int[] NOT NULL,           -- thousandths of a degree, WGS-84
    lat int[] NOT NULL,
    seconds bytea NOT NULL,       -- little-endian uint32, row by row
    metres bytea NOT NULL,
    toll_fen bytea NOT NULL,      -- of class 1
    CHECK (cardinality(lon) = cardinality(lat)),
    CHECK (length(seconds) = 4 * cardinality(lon) * cardinality(lon)),
    CHECK (length(metres) = length(seconds) AND length(toll_fen) = length(seconds))
);
