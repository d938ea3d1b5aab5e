-- What a rental firm drove and charged, as its bill says; the price of the order is the bill's from then on.
CREATE TABLE rental_closing (
    order_id int4 PRIMARY KEY REFERENCES dispatch_order,
    plate text NOT NULL CHECK (plate <> ''), driver_name text NOT NULL CHECK (driver_name <> ''),
    departed_at timestamptz NOT NULL, returned_at timestamptz NOT NULL, CHECK (returned_at > departed_at),
    distance_m int8 NOT NULL CHECK (distance_m >= 0),
    price_fen int8 NOT NULL CHECK (price_fen >= 0),
    agreed_fen int8 NOT NULL,                -- as the order was made, for the planned way
    contract_fen int8 NOT NULL,              -- the firm's tariff for the days and metres driven
    note text, closed_at timestamptz NOT NULL, closed_by int4 NOT NULL REFERENCES person,
    CHECK (price_fen <= contract_fen OR note IS NOT NULL)
);
