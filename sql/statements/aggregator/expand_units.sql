-- Unit 0 of a dirty row: every unit of the level that ever had a place in the lane.
select distinct unit_id from ref.place where lane = $1::int and level_no = $2::smallint order by unit_id
