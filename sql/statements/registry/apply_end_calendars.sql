-- Calendars with exceptions that no place follows any more, and closed days of such calendars that are closed no more, or otherwise. $1 version; not $2: the bases are as before.
with ended as (
  update ref.calendar c set until_version = $1::bigint
  where c.exceptions is not null and c.until_version is null
    and case when c.calendar_id in (select p.calendar_id from ref.place p where p.until_version is null and p.calendar_id is not null) then false else true end
  returning c.calendar_id)
update ref.calendar_closed_day d set until_version = $1::bigint
from ref.calendar c
where c.calendar_id = d.calendar_id and c.exceptions is not null and d.until_version is null
  and (case when c.calendar_id in (select e.calendar_id from ended e) then true else false end
    or $2::bool and case when c.exceptions ? d.on_date::text then c.exceptions ->> d.on_date::text is distinct from d.reason or d.kind <> 'closed'
      else not exists (
        select from ref.calendar_closed_day b
        where b.calendar_id = c.base_calendar_id and b.on_date = d.on_date and b.until_version is null and (b.kind, b.reason) = (d.kind, d.reason) offset 0) end)
