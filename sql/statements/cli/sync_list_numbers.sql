select kind, code, number from ref.catalogue_number order by kind, number
