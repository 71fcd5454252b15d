select exists (select from intake.held where outcome = 'p' and settled_at is null)
