"""Chat models that run on this machine: which there are, fetching them, and the process that they run in."""
