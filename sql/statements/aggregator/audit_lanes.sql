-- The country's own lane first, then the others.
select lane from (select distinct lane, level_no from ref.place where level_no <= 1) p order by level_no, lane
