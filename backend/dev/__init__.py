"""What a developer's machine needs and production does not: the embedded PostgreSQL, and the runner."""
