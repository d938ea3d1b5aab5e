-- When a leg was called off: so that who drove it hears of an order that went on with somebody else.
ALTER TABLE leg ADD COLUMN called_off_at timestamptz CHECK (called_off_at IS NULL OR status IN ('cancelled', 'displaced'));
