-- One writer at a time; readers go on.
lock table mart.backcast in share row exclusive mode
