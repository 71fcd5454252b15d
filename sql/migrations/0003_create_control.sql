-- migrate:up
create table control.kafka_log (
  log_no smallint primary key check (log_no between 0 and 1023),
  cluster_id text not null,
  topic text not null,
  partition_count smallint not null check (partition_count between 1 and 8192),
  adopted_at timestamptz not null default now(),
  unique (cluster_id, topic, log_no));
comment on table control.kafka_log is 'One row per incarnation of the topic.';
comment on column control.kafka_log.log_no is 'Number of the log; part of every submission_key.';
comment on column control.kafka_log.cluster_id is 'Kafka''s cluster id.';
comment on column control.kafka_log.topic is 'Topic.';
comment on column control.kafka_log.partition_count is 'Partitions; frozen.';
comment on column control.kafka_log.adopted_at is 'When it was taken into use.';

create table control.kafka_offset (
  log_no smallint not null references control.kafka_log,
  part smallint not null check (part between 0 and 8191),
  start_offset bigint not null,
  next_offset bigint not null,
  owner_epoch bigint not null default 0,
  owner_pid int,
  owner_started_at timestamptz,
  owner_name text,
  tail_sha256 bytea,
  tail_at timestamptz,
  primary key (log_no, part),
  constraint kafka_offset_next_check check (next_offset >= start_offset)) with (fillfactor = 50);
comment on table control.kafka_offset is 'Position of each partition, moved in the transaction of its rows. The only authority for position.';
comment on column control.kafka_offset.log_no is 'The log.';
comment on column control.kafka_offset.part is 'Partition.';
comment on column control.kafka_offset.start_offset is 'First offset that was ever read.';
comment on column control.kafka_offset.next_offset is 'Offset of the next record to read.';
comment on column control.kafka_offset.owner_epoch is 'The fence: bumped at each assignment.';
comment on column control.kafka_offset.owner_pid is 'Backend of the owner: whom a takeover may terminate.';
comment on column control.kafka_offset.owner_started_at is 'Start of that backend.';
comment on column control.kafka_offset.owner_name is 'Worker that owns it, for operators.';
comment on column control.kafka_offset.tail_sha256 is 'SHA-256 of the value of record next_offset - 1: identity of the log.';
comment on column control.kafka_offset.tail_at is 'Timestamp of that record.';

create table control.dirty (
  dirty_id bigint generated always as identity,
  lane int not null,
  form_id smallint not null,
  period_id int not null,
  unit_id int not null,
  added_at timestamptz not null default now(),
  primary key (lane, dirty_id, unit_id))
  with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
comment on table control.dirty is 'Leaves whose cells are to be computed again; append-only, deleted by the aggregator that recomputed them.';
comment on column control.dirty.dirty_id is 'Order of arrival within a lane; never a watermark.';
comment on column control.dirty.lane is 'Lane: unit_id of the top area.';
comment on column control.dirty.form_id is 'Form.';
comment on column control.dirty.period_id is 'Leaf period.';
comment on column control.dirty.unit_id is 'Unit; 0 = every unit of the lane.';
comment on column control.dirty.added_at is 'When it was added.';

create table control.dirty_failed (
  lane int not null,
  form_id smallint not null,
  period_id int not null,
  unit_id int not null,
  statement text not null,
  sqlstate text not null,
  message text not null,
  attempt_count int not null,
  failed_at timestamptz not null,
  primary key (lane, form_id, period_id, unit_id));
comment on table control.dirty_failed is 'Leaves that could not be computed twice with class 22 or 42; an open row is an alarm, its cells say break.';
comment on column control.dirty_failed.lane is 'Lane.';
comment on column control.dirty_failed.form_id is 'Form.';
comment on column control.dirty_failed.period_id is 'Leaf period.';
comment on column control.dirty_failed.unit_id is 'Unit; 0 = every unit of the lane.';
comment on column control.dirty_failed.statement is 'Refresh statement that failed.';
comment on column control.dirty_failed.sqlstate is 'SQLSTATE.';
comment on column control.dirty_failed.message is 'PostgreSQL''s message.';
comment on column control.dirty_failed.attempt_count is 'How often it was tried.';
comment on column control.dirty_failed.failed_at is 'Last failure.';

create table control.registry_change (
  change_id bigint generated always as identity primary key,
  submission_key bigint unique,
  source text not null check (source in ('import', 'event', 'calendar', 'period', 'catalogue')),
  kind text not null,
  unit_code text,
  effective_on date,
  state text not null check (state in ('applied', 'open')),
  code smallint,
  pointer text,
  message text,
  applied_version bigint,
  changed_count int not null default 0,
  recorded_at timestamptz not null default now(),
  check ((state = 'open') = (code is not null)));
comment on table control.registry_change is 'Every change of the registry that was asked for: applied, or open because it was refused.';
comment on column control.registry_change.change_id is 'Number of the change.';
comment on column control.registry_change.submission_key is 'REGISTRY_EVENT submission that asked for it; null for commands.';
comment on column control.registry_change.source is 'import, event, calendar, period or catalogue.';
comment on column control.registry_change.kind is 'open, close, move, rename, merge, split, ... or the file that was imported.';
comment on column control.registry_change.unit_code is 'Unit it is about.';
comment on column control.registry_change.effective_on is 'Day from which it holds.';
comment on column control.registry_change.state is 'applied, or open: refused, waiting for a person.';
comment on column control.registry_change.code is 'Number of the code of the refusal (emis_error).';
comment on column control.registry_change.pointer is 'JSON pointer into the event.';
comment on column control.registry_change.message is 'Why it was refused.';
comment on column control.registry_change.applied_version is 'ref.version of the change.';
comment on column control.registry_change.changed_count is 'Places written.';
comment on column control.registry_change.recorded_at is 'When it was decided.';

create table control.worker (
  worker_name text primary key,
  program text not null,
  pid int not null,
  host text not null,
  version text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  state text not null,
  metrics_port int);
comment on table control.worker is 'Daemons that have reported; seen_at older than 30 s means gone.';
comment on column control.worker.worker_name is 'Name of the worker.';
comment on column control.worker.program is 'emis-ingest or emis-aggregator.';
comment on column control.worker.pid is 'Process id on its host.';
comment on column control.worker.host is 'Host.';
comment on column control.worker.version is 'Version of the program.';
comment on column control.worker.started_at is 'When it started.';
comment on column control.worker.seen_at is 'Last sign of life.';
comment on column control.worker.state is 'What it does, or the alarm that holds it.';
comment on column control.worker.metrics_port is 'Loopback port of /metrics, /healthz and /readyz.';

create table control.alarm (
  alarm_key text primary key,
  code smallint not null,
  message text not null,
  raised_at timestamptz not null,
  seen_at timestamptz not null,
  cleared_at timestamptz);
comment on table control.alarm is 'What needs a person: paused partitions, gaps, failed cells, full default partitions.';
comment on column control.alarm.alarm_key is 'What it is about, such as partition 0/3.';
comment on column control.alarm.code is 'Number of the code (emis_error).';
comment on column control.alarm.message is 'What happened.';
comment on column control.alarm.raised_at is 'First seen.';
comment on column control.alarm.seen_at is 'Last seen.';
comment on column control.alarm.cleared_at is 'When it was over; null: open.';

create table control.audit_run (
  audit_run_id bigint generated always as identity primary key,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  cell_count bigint not null,
  skipped_count bigint not null,
  mismatch_count bigint not null);
comment on table control.audit_run is 'Runs of the auditor: recomputed cells and how many differed (goal 0).';
comment on column control.audit_run.audit_run_id is 'Number of the run.';
comment on column control.audit_run.started_at is 'Start.';
comment on column control.audit_run.finished_at is 'End.';
comment on column control.audit_run.cell_count is 'Leaves that were recomputed.';
comment on column control.audit_run.skipped_count is 'Leaves skipped because a dirty row was visible below them.';
comment on column control.audit_run.mismatch_count is 'Rows that differed.';
