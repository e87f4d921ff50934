"""Charts drawn by the server: each a pure function of figures, with the table that says the same."""
