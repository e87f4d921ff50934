"""Pages of tests that show every shell, every piece and every chart at once, with long names and empty states."""
