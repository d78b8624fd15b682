-- A voice without an owner is shipped with Avagar: everybody hears it, new trainings begin from it, and nobody deletes it.
ALTER TABLE voices ALTER COLUMN user_id DROP NOT NULL;
