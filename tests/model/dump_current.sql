-- intake.current in words, as tests/model/ledger_model.py reads it: psql --csv -f tests/model/dump_current.sql
select n.code as form, p.code as period, u.code as unit, c.part_key, c.submission_key, c.revision, c.is_retract
from intake.current c
join ref.catalogue_number n on n.kind = 'form' and n.number = c.form_id
join ref.period p using (period_id)
join ref.unit u using (unit_id);
