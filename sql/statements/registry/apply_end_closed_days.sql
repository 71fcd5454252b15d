-- Closed days of a calendar that the list covers and does not repeat. $1 calendar, $2 covered days, $3 closed days, $4 their kinds, $5 their reasons, $6 version.
update ref.calendar_closed_day d set until_version = $6::bigint
where d.calendar_id = $1::int and d.until_version is null and d.on_date = any ($2::date[])
  and not exists (
    select from unnest($3::date[], $4::text[], $5::text[]) as t (on_date, kind, reason) where t.on_date = d.on_date and t.kind = d.kind and t.reason = d.reason)
returning d.on_date
