"""Parts of the planning benchmark that concern calls."""
