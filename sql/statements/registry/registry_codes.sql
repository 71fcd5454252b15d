-- The standing codes of other schemes, written as submissions write them.
SELECT c.scheme || ':' || c.code, c.unit_id, c.valid_from, c.valid_to
FROM ref.unit_code AS c
WHERE c.until_version IS NULL
