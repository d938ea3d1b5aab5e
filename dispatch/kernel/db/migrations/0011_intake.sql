-- A token that was replaced goes on opening the door until the device was seen with the new one, or until then.
ALTER TABLE device
    ADD COLUMN old_token_digest bytea CHECK (length(old_token_digest) = 32),
    ADD COLUMN old_token_until timestamptz,
    ADD CHECK ((old_token_digest IS NULL) = (old_token_until IS NULL));
