"""Citations: from words to spans of documents, and whether those support them."""
