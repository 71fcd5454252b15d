copy mart.dim_area (area_key, parent_area_key, unit_code, level_no, level_code, name, valid_from, valid_to, is_current /* attributes */)
from stdin (format binary)
