insert into ref.catalogue_document (path, since_version, sha256, body)
select path, $1::bigint, sha256, body from unnest($2::text[], $3::bytea[], $4::text[]) as d (path, sha256, body)
