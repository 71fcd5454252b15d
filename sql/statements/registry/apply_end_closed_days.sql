-- Closed days of a calendar that the list covers and does not repeat. $1 calendar, $2 covered days, $3 closed days, $4 their reasons, $5 version.
update ref.calendar_closed_day d set until_version = $5::bigint
where d.calendar_id = $1::smallint and d.until_version is null and d.on_date = any ($2::date[])
  and not exists (select from unnest($3::date[], $4::text[]) as t (on_date, reason) where t.on_date = d.on_date and t.reason = d.reason)
returning d.on_date
