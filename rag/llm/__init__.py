"""Chat models: which one, what it is told, how its reply is read."""
