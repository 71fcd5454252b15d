-- Every unit, whether it has a standing place or not.
SELECT unit_id, code, level_no FROM ref.unit ORDER BY unit_id
