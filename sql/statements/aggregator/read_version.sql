select version from ref.version
