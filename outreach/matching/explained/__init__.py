"""Why two rows are, or are not, one person: steps, words, and a picture."""
