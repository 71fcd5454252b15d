-- The periods that calendars are made of: school years, terms and campaigns.
select period_id, kind, code, starts_on, ends_on, school_year from ref.period where kind in ('school_year', 'term', 'campaign') order by period_id
