-- Lines that were sold ahead of their arrival: how many units had still to come when they were ordered, and when they were expected.
ALTER TABLE order_line ADD COLUMN awaited bigint NOT NULL DEFAULT 0 CHECK (awaited >= 0);
ALTER TABLE order_line ADD COLUMN expected_at timestamptz;     -- NULL: not known, or none had to come
