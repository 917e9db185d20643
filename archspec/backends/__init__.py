"""What a graph becomes. Each backend reads a `Graph` and knows nothing of specs."""
