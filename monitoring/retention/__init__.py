"""What a company keeps: how many stay, how long, what they are worth and what they say. Aggregates only."""
