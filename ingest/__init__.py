"""From files to an index: load, clean, split, embed, store."""
