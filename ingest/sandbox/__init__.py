"""Reading files in a process that can do nothing else: locked in before the first byte of a file reaches it."""
