-- migrate:up
create table ref.rule_text (
  rule_id smallint not null,
  language text not null,
  text text not null,
  primary key (rule_id, language));
comment on table ref.rule_text is 'What the rules of catalogue/rules say, in each language; from the catalogue''s labels.';
comment on column ref.rule_text.rule_id is 'Number of the rule (ref.catalogue_number, kind rule).';
comment on column ref.rule_text.language is 'BCP 47 tag.';
comment on column ref.rule_text.text is 'The text; {name} stands for a value that was seen.';

create table control.finding (
  finding_id bigint generated always as identity,
  rule_id smallint not null,
  unit_id int not null,
  lane int not null,
  period_id int not null,
  subject text not null,
  rule_version smallint not null,
  severity text not null constraint finding_severity_check check (severity in ('warn', 'high')),
  seen jsonb not null,
  opened_at timestamptz not null,
  seen_at timestamptz not null,
  closed_at timestamptz,
  constraint finding_pkey primary key (unit_id, finding_id));
comment on table control.finding is 'What the rules of catalogue/rules found. The aggregator opens and closes it in the round that computes the cells it rests on; no fact changes.';
comment on column control.finding.finding_id is 'Number of the finding.';
comment on column control.finding.rule_id is 'Number of the rule (ref.catalogue_number, kind rule).';
comment on column control.finding.unit_id is 'School or area.';
comment on column control.finding.lane is 'Lane whose cells were looked at: a unit that changed lanes is looked at in each by itself.';
comment on column control.finding.period_id is 'Period.';
comment on column control.finding.subject is 'What of the unit and period: a cut such as grade=3, a key such as a staff code; empty: the whole.';
comment on column control.finding.rule_version is 'Version of the rule.';
comment on column control.finding.severity is 'warn or high.';
comment on column control.finding.seen is 'The values by name, as the rule declares them; a ratio''s denominator is name_denominator.';
comment on column control.finding.opened_at is 'When it was found.';
comment on column control.finding.seen_at is 'Since when it has these values.';
comment on column control.finding.closed_at is 'When it was found no more; null: open.';
create unique index finding_open_key on control.finding (unit_id, rule_id, period_id, subject, lane) where closed_at is null;
create index finding_subject_idx on control.finding (rule_id, period_id, subject) where closed_at is null;

create view control.finding_text as
select f.finding_id, n.code as rule, u.code as unit, l.code as level, p.code as period, f.subject, f.severity, t.language,
  (select string_agg(case when s.no % 2 = 0 then coalesce((f.seen || jsonb_build_object('subject', f.subject)) ->> s.part, s.part) else s.part end, '' order by s.no)
    from regexp_split_to_table(t.text, '[{}]') with ordinality as s (part, no)) as text,
  f.seen, f.opened_at, f.seen_at, f.closed_at, f.rule_id, f.unit_id, f.period_id
from control.finding as f
join ref.catalogue_number as n on n.kind = 'rule' and n.number = f.rule_id
join ref.unit as u on u.unit_id = f.unit_id
join ref.level as l on l.level_no = u.level_no
join ref.period as p on p.period_id = f.period_id
left join ref.rule_text as t on t.rule_id = f.rule_id;
comment on view control.finding_text is 'Findings in words, one row a language: the rule''s text with the values filled in.';
comment on column control.finding_text.finding_id is 'Number of the finding.';
comment on column control.finding_text.rule is 'Code of the rule.';
comment on column control.finding_text.unit is 'Code of the school or area.';
comment on column control.finding_text.level is 'Its level.';
comment on column control.finding_text.period is 'Code of the period.';
comment on column control.finding_text.subject is 'What of the unit and period; empty: the whole.';
comment on column control.finding_text.severity is 'warn or high.';
comment on column control.finding_text.language is 'BCP 47 tag of the text.';
comment on column control.finding_text.text is 'What was found.';
comment on column control.finding_text.seen is 'The values by name.';
comment on column control.finding_text.opened_at is 'When it was found.';
comment on column control.finding_text.seen_at is 'Since when it has these values.';
comment on column control.finding_text.closed_at is 'When it was found no more; null: open.';
comment on column control.finding_text.rule_id is 'Number of the rule.';
comment on column control.finding_text.unit_id is 'Number of the unit.';
comment on column control.finding_text.period_id is 'Number of the period.';
