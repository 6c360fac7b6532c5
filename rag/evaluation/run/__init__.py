"""A run: a question set asked, scored, kept."""
