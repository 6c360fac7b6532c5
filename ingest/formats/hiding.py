"""What a style says of an element of a web page or an e-book that is not there at all."""

import re

NOT_DISPLAYED = re.compile(r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
"""``backface-visibility`` is about something else."""
