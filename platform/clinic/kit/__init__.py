"""What every slice stands on: the private folder, the database, the lock of a run."""
