copy ref.place (place_id, unit_id, parent_place_id, lane, level_no, path, name, lat, lon, valid_from, valid_to, since_version /* attributes */)
from stdin (format binary)
