-- migrate:up
-- A rule that asks for all submissions of a unit in a period, such as gaps in their revisions, finds them by this; so does a person. Periods first: what arrives in a day is of few periods, and
-- the pages that a batch writes lie together.
create index submission_period_id_unit_id_idx on intake.submission (period_id, unit_id);
