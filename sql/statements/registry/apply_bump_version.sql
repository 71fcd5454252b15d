update ref.version set version = version + 1 returning version
