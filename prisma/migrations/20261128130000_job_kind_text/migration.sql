-- What kinds of jobs there are is said by the program alone: a new one needs no migration.
ALTER TABLE jobs ALTER COLUMN kind TYPE text USING kind::text;
DROP TYPE "JobKind";
