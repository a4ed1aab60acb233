"""Whether the data that decisions rest on is sound."""
