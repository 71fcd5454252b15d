select code, name, unit, roll_up, direction, definition from mart.dim_indicator order by code
