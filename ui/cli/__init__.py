"""The ``footnote`` command: a file a verb."""
