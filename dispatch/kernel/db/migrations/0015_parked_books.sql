-- Legs that cannot be measured, and trips, receipts and rentals that cannot be booked, are parked too:
-- {"leg": 3}; {"trip": 4}, {"receipt": 7}, {"order": 5}.
ALTER TABLE parked_work DROP CONSTRAINT parked_work_room_check;
ALTER TABLE parked_work ADD CHECK (room IN ('passages', 'quality', 'trips', 'accounting'));
