-- Every unit.
select u.unit_id, u.code, u.level_no from ref.unit u order by u.unit_id
