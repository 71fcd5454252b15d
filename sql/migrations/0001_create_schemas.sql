-- migrate:up
-- Schemas are layers: intake (as received) -> core (normalised) -> mart (indicators, the BI contract), with ref and control beside them. Never backwards.
create schema if not exists control;
create schema ref;
create extension if not exists btree_gist with schema ref; -- places of a unit do not overlap
create schema intake;
create schema core;
create schema mart;
create schema desk;
create schema archive;
create schema pub;
create schema sec;
comment on schema ref is 'Units, places, levels, periods, calendars, code lists: written only by the registry applier and by migrations.';
comment on schema intake is 'What arrived: one ledger row per Kafka record, submissions, held records, warnings.';
comment on schema core is 'Normalised facts, one table per form group, insert-only; generated from the catalogue.';
comment on schema control is 'Positions, dirty cells, registry changes, audits, migrations.';
comment on schema mart is 'The BI contract, version 1: dimensions and one indicator table per level.';
comment on schema desk is 'A directorate''s own submissions, verdicts and findings, as views.';
comment on schema archive is 'Exact publications.';
comment on schema pub is 'Frozen publications under disclosure control.';
comment on schema sec is 'Which login role may see which area.';
