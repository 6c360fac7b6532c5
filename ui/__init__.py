"""What people see: the command line, the terminal chat and the page in the browser."""
