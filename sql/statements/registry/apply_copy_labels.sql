copy ref.place_label (place_id, language, name) from stdin (format binary)
