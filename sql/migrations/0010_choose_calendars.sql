-- migrate:up
-- A calendar is chosen by area and by an attribute of the place (such as its shifts); days on which one school or area is an exception make calendars of their own, so that whoever asks
-- whether a place is closed on a day looks at one calendar, as before. Numbers are as many as there are sets of exceptions: int.
alter table ref.calendar_closed_day drop constraint calendar_closed_day_calendar_id_fkey;
alter table ref.place drop constraint place_calendar_id_fkey;
alter table ref.calendar alter column calendar_id type int;
alter table ref.calendar_closed_day alter column calendar_id type int;
alter table ref.place alter column calendar_id type int;
alter sequence ref.calendar_calendar_id_seq as int;
alter table ref.calendar_closed_day add constraint calendar_closed_day_calendar_id_fkey foreign key (calendar_id) references ref.calendar;
alter table ref.place add constraint place_calendar_id_fkey foreign key (calendar_id) references ref.calendar;

alter table ref.calendar
  alter column area_unit_id drop not null,
  add column attribute text,
  add column code text,
  add column code_number smallint,
  add column base_calendar_id int references ref.calendar,
  add column exceptions jsonb,
  add constraint calendar_attribute_check check ((attribute is null) = (code is null) and (code is null) = (code_number is null)),
  add constraint calendar_exceptions_check check ((area_unit_id is null) = (exceptions is not null) and (exceptions is not null or base_calendar_id is null) and (exceptions is null or attribute is null));
comment on table ref.calendar is 'A calendar of an area, or of the area''s places with one code of an attribute; or one of these with exceptions. A place follows that of its nearest area that has one, there the one of its attribute before the plain one, with the exceptions of its unit and of all areas above.';
comment on column ref.calendar.area_unit_id is 'The area it applies to; null: it is another calendar with exceptions.';
comment on column ref.calendar.attribute is 'Attribute by which the area''s calendars are told apart; null: that of all its places.';
comment on column ref.calendar.code is 'Code of the attribute whose places follow it.';
comment on column ref.calendar.code_number is 'The same as ref.place carries it.';
comment on column ref.calendar.base_calendar_id is 'The calendar that the exceptions change; null: none, every day is a school day.';
comment on column ref.calendar.exceptions is 'Day -> why it is closed, null: it is open; in all else it is the base. Null: no exceptions.';
create index calendar_area_unit_id_idx on ref.calendar (area_unit_id) where until_version is null;

alter table ref.calendar_closed_day add column kind text not null default 'holiday' check (kind in ('weekend', 'holiday', 'exam', 'closed'));
update ref.calendar_closed_day set kind = 'weekend' where reason = 'weekend';
alter table ref.calendar_closed_day alter column kind drop default;
comment on table ref.calendar_closed_day is 'Days on which schools of the calendar are closed: weekends, holidays, days of exams, exceptions.';
comment on column ref.calendar_closed_day.kind is 'weekend, holiday, exam (no lessons are held), or closed by an exception.';
comment on column ref.calendar_closed_day.reason is 'weekend, or the name of the holiday or exam, or why it is closed.';

create table ref.calendar_exception (
  unit_id int not null references ref.unit,
  on_date date not null,
  kind text not null check (kind in ('closed', 'open')),
  reason text not null,
  since_version bigint not null,
  until_version bigint,
  primary key (unit_id, on_date, since_version));
comment on table ref.calendar_exception is 'Days on which a school, or all below an area, are closed or open whatever the calendar says; of several the nearest unit''s holds.';
comment on column ref.calendar_exception.unit_id is 'The school or area.';
comment on column ref.calendar_exception.on_date is 'The day.';
comment on column ref.calendar_exception.kind is 'closed or open.';
comment on column ref.calendar_exception.reason is 'Why.';
comment on column ref.calendar_exception.since_version is 'ref.version that brought it.';
comment on column ref.calendar_exception.until_version is 'ref.version that ended it; null: it stands.';
create unique index calendar_exception_unit_id_on_date_key on ref.calendar_exception (unit_id, on_date) where until_version is null;
