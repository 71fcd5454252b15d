-- The standing places of all units, in the order in which the loader hands them to their units. The loader puts the catalogue's attribute columns where the marker stands.
SELECT p.unit_id, p.place_id, p.parent_place_id, p.lane, p.valid_from, p.valid_to /* attributes */
FROM ref.place AS p
WHERE p.until_version IS NULL
ORDER BY p.unit_id, p.valid_from
