copy mart.dim_area_label (area_key, language, name) from stdin (format binary)
