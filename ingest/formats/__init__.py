"""A parser for each format: bytes or text in, blocks of plain text out."""
