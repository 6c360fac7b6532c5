"""The documents that visitors add: received, kept, bounded, removed."""
