update ref.catalogue_document set until_version = $1::bigint where until_version is null and path = any($2::text[])
