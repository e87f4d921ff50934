"""Parts of the planning benchmark that concern rounds."""
