select path, body from ref.catalogue_document where until_version is null order by path
