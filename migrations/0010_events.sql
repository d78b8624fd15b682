-- One row of progress, delivered to its user's sockets in order and replayable.

CREATE TABLE events (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    event   text NOT NULL CHECK (event ~ '^[a-z]+:[a-z]+$'),
    data    jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX events_user ON events (user_id, id);
CREATE INDEX events_age ON events USING brin (at);

-- The only way an event is written. Identity values are taken before commit, so without a lock id 8 could become
-- visible before id 7 and a reader that remembers "the last id seen" would lose 7. The lock is per user and lasts until
-- commit, so a user's ids become visible in their order. The NOTIFY carries ids only.
CREATE FUNCTION publish_event(to_user uuid, name text, body jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(to_user::text, 7));
    INSERT INTO events (user_id, event, data) VALUES (to_user, name, body) RETURNING id INTO new_id;
    PERFORM pg_notify('avagar_events', to_user::text || ':' || new_id);
    RETURN new_id;
END;
$$;

-- Old events are deleted. Up to which id, per user: a reader that asks for what came after an earlier one is told that it
-- has missed something, and not left to believe that nothing happened.
CREATE TABLE event_horizons (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    id      bigint NOT NULL CHECK (id > 0)
);
