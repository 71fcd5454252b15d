-- The schema that the catalogue is kept in is there.
select to_regclass('ref.catalogue_document') is not null
