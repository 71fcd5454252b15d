-- The units of level $1 that ever had a place, lane by lane.
select distinct lane, unit_id from ref.place where level_no = $1::smallint order by lane, unit_id
