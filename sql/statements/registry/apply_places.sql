-- The rows that stand; the catalogue's attribute columns come where the marker stands.
select p.unit_id, p.place_id, p.since_version, p.parent_place_id, p.valid_from, p.valid_to, p.name, (p.lat * 100000)::int, (p.lon * 100000)::int /* attributes */
from ref.place p
where p.until_version is null
order by p.unit_id, p.valid_from
