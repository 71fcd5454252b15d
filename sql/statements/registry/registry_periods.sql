-- Every period that is in a calendar.
SELECT period_id, kind, code, starts_on, ends_on, school_year FROM ref.period ORDER BY period_id
