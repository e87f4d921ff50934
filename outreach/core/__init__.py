"""What every room stands on: settings, database, clock, errors, audit, words for people."""
