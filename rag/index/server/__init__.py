"""An index on a Chroma server."""
