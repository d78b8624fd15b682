-- Old events are deleted. Up to which id, per user: a reader that asks for what came after an earlier one is told that it
-- has missed something, and not left to believe that nothing happened.

CREATE TABLE event_horizons (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    id      bigint NOT NULL CHECK (id > 0)
);
CREATE INDEX events_age ON events USING brin (at);
