"""The page: what stands where, and what happens when something is pressed."""
