-- migrate:up
-- submission_key packs a record's coordinates: log 10 bits, partition 13 bits, offset 40 bits = log_no << 53 | part << 40 | kafka_offset.

create table intake.ledger (
  log_no smallint not null,
  part smallint not null,
  kafka_offset bigint not null,
  received_at timestamptz not null,
  outcome "char" not null,
  code smallint,
  submission_key bigint,
  byte_count int not null,
  sha256 bytea not null,
  constraint ledger_pkey primary key (log_no, part, kafka_offset),
  constraint ledger_outcome_check check (outcome in ('a', 's', 'd', 'r', 'p')),
  constraint ledger_code_check check ((outcome in ('r', 'p')) = (code is not null))) partition by range (kafka_offset);
create table intake.ledger_default partition of intake.ledger default;
comment on table intake.ledger is 'One immutable row per Kafka record: the double entry.';
comment on column intake.ledger.log_no is 'Log.';
comment on column intake.ledger.part is 'Partition.';
comment on column intake.ledger.kafka_offset is 'Offset.';
comment on column intake.ledger.received_at is 'The record''s timestamp, or emis-received-at of a key that may backdate.';
comment on column intake.ledger.outcome is 'a accepted, s superseded, d duplicate, r rejected, p parked.';
comment on column intake.ledger.code is 'Number of the code, for rejected and parked.';
comment on column intake.ledger.submission_key is 'Key of the submission row, for accepted and superseded.';
comment on column intake.ledger.byte_count is 'Bytes of the value.';
comment on column intake.ledger.sha256 is 'SHA-256 of the value''s bytes.';

create table intake.submission (
  submission_key bigint not null,
  submission_id uuid not null,
  form_id smallint not null,
  form_version smallint not null,
  period_id int not null,
  unit_id int not null,
  part_key text not null,
  revision int not null check (revision >= 1),
  is_retract bool not null,
  is_late bool not null,
  content_sha256 bytea not null,
  received_at timestamptz not null,
  submitted_at timestamptz not null,
  sender text not null,
  late_reason text,
  log_no smallint not null,
  part smallint not null,
  kafka_offset bigint not null check (kafka_offset between 0 and (1::bigint << 40) - 1),
  constraint submission_pkey primary key (submission_key, unit_id),
  constraint submission_submission_id_unit_id_key unique (submission_id, unit_id),
  constraint submission_key_check check (submission_key = ((log_no::bigint << 53) | (part::bigint << 40) | kafka_offset)));
comment on table intake.submission is 'Every accepted or superseded submission.';
comment on column intake.submission.submission_key is 'Coordinates of its record.';
comment on column intake.submission.submission_id is 'UUID chosen by the sender.';
comment on column intake.submission.form_id is 'Form.';
comment on column intake.submission.form_version is 'Version of the form.';
comment on column intake.submission.period_id is 'Leaf period.';
comment on column intake.submission.unit_id is 'Unit.';
comment on column intake.submission.part_key is 'Canonical text of the form''s extra key parts.';
comment on column intake.submission.revision is 'Revision of the natural key (form, period, unit, part_key).';
comment on column intake.submission.is_retract is 'It takes the natural key out.';
comment on column intake.submission.is_late is 'Received after the deadline.';
comment on column intake.submission.content_sha256 is 'SHA-256 over the typed rows in plan order.';
comment on column intake.submission.received_at is 'When it counts as received.';
comment on column intake.submission.submitted_at is 'The device''s clock.';
comment on column intake.submission.sender is 'Who sent it: a code.';
comment on column intake.submission.late_reason is 'Why it is late, as sent.';
comment on column intake.submission.log_no is 'Log.';
comment on column intake.submission.part is 'Partition.';
comment on column intake.submission.kafka_offset is 'Offset.';

create table intake.current (
  form_id smallint not null,
  period_id int not null,
  unit_id int not null,
  part_key text not null,
  submission_key bigint not null,
  revision int not null,
  is_retract bool not null,
  is_late bool not null,
  content_sha256 bytea not null,
  constraint current_pkey primary key (form_id, period_id, unit_id, part_key)) with (fillfactor = 80);
comment on table intake.current is 'Natural key -> the submission that counts; its revision only grows.';
comment on column intake.current.form_id is 'Form.';
comment on column intake.current.period_id is 'Leaf period.';
comment on column intake.current.unit_id is 'Unit.';
comment on column intake.current.part_key is 'Canonical text of the extra key parts.';
comment on column intake.current.submission_key is 'The submission that counts.';
comment on column intake.current.revision is 'Its revision.';
comment on column intake.current.is_retract is 'It is a retraction: nothing counts.';
comment on column intake.current.is_late is 'It was received after the deadline.';
comment on column intake.current.content_sha256 is 'SHA-256 over its typed rows.';

create table intake.held (
  log_no smallint not null,
  part smallint not null,
  kafka_offset bigint not null,
  outcome "char" not null check (outcome in ('r', 'p')),
  code smallint not null,
  cause text,
  pointer text,
  message text,
  faults text,
  registry_version bigint not null,
  received_at timestamptz not null,
  recorded_at timestamptz not null,
  record_key bytea,
  headers bytea,
  raw bytea,
  settled_at timestamptz,
  settled_outcome "char" check (settled_outcome in ('a', 's', 'd', 'r')),
  settled_code smallint,
  settled_submission_key bigint,
  settled_version bigint,
  replayed_at_offset bigint,
  constraint held_pkey primary key (log_no, part, kafka_offset),
  constraint held_settled_check check ((settled_at is null) = (settled_outcome is null) and (settled_at is null or outcome = 'p')));
comment on table intake.held is 'Rejected and parked records, bytes as received. A parked record''s later fate is written once, in settled_*.';
comment on column intake.held.log_no is 'Log.';
comment on column intake.held.part is 'Partition.';
comment on column intake.held.kafka_offset is 'Offset.';
comment on column intake.held.outcome is 'r rejected or p parked.';
comment on column intake.held.code is 'Number of the code.';
comment on column intake.held.cause is 'Parked: what is missing, such as unit:EM.1865. E_DB: the SQLSTATE.';
comment on column intake.held.pointer is 'JSON pointer of the first fault.';
comment on column intake.held.message is 'What is wrong, of the first fault.';
comment on column intake.held.faults is 'JSON array of all faults of the deciding stage: code, pointer, message.';
comment on column intake.held.registry_version is 'ref.version that it was judged under.';
comment on column intake.held.received_at is 'When it counts as received.';
comment on column intake.held.recorded_at is 'The record''s own timestamp.';
comment on column intake.held.record_key is 'Record key as received; null: none.';
comment on column intake.held.headers is 'Record headers: for each, name length, name, value length, value; lengths are 4 bytes big-endian.';
comment on column intake.held.raw is 'Record value as received; null: none.';
comment on column intake.held.settled_at is 'When a parked record was settled.';
comment on column intake.held.settled_outcome is 'What became of it: a, s, d or r.';
comment on column intake.held.settled_code is 'Number of the code, when it was rejected at last.';
comment on column intake.held.settled_submission_key is 'Key of the submission row, for a and s.';
comment on column intake.held.settled_version is 'ref.version from which on it counted.';
comment on column intake.held.replayed_at_offset is 'Offset of its replay in the same partition.';
create index held_open_idx on intake.held (cause, log_no, part, kafka_offset) where outcome = 'p' and settled_at is null;
create index held_code_idx on intake.held (code, log_no, part, kafka_offset);

create table intake.warning (
  submission_key bigint not null,
  unit_id int not null,
  rule_id smallint not null,
  pointer text not null,
  constraint warning_pkey primary key (submission_key, unit_id, rule_id, pointer));
comment on table intake.warning is 'Rules of severity warn that a submission broke.';
comment on column intake.warning.submission_key is 'The submission.';
comment on column intake.warning.unit_id is 'Its unit.';
comment on column intake.warning.rule_id is 'The rule.';
comment on column intake.warning.pointer is 'JSON pointer of the place.';
