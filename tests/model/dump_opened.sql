-- Which periods are opened for which form, as tests/model/oracle.py --opened reads it: psql --csv -f tests/model/dump_opened.sql
select n.code as form, p.code as period
from ref.period_opening o
join ref.catalogue_number n on n.kind = 'form' and n.number = o.form_id
join ref.period p using (period_id);
