"""The page in the browser: what is served, and what happens when something is pressed."""
