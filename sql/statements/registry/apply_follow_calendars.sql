-- Each standing place follows the calendar of its nearest area that has one: the row ends, and the same place stands on under version $1.
with nearest as (
  select p.place_id, p.since_version, (
    select c.calendar_id
    from unnest(p.path) with ordinality as a (place_id, depth)
    join ref.place q on q.place_id = a.place_id and q.until_version is null
    join ref.calendar c on c.area_unit_id = q.unit_id and c.until_version is null
    order by a.depth desc limit 1) as calendar_id
  from ref.place p where p.until_version is null),
ended as (
  update ref.place p set until_version = $1::bigint
  from nearest n
  where n.place_id = p.place_id and n.since_version = p.since_version and p.calendar_id is distinct from n.calendar_id
  returning p.place_id, p.since_version, n.calendar_id)
insert into ref.place
select r.*
from ended e
join ref.place p on p.place_id = e.place_id and p.since_version = e.since_version
cross join lateral jsonb_populate_record(p, jsonb_build_object('calendar_id', e.calendar_id, 'since_version', $1::bigint, 'until_version', null)) r
