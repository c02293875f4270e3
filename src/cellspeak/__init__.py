"""A live agent conversation inside a notebook cell."""
