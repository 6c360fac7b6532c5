"""A visit: its conversation, what the browser keeps of it, and who is served when."""
