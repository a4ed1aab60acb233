"""What is bought together, and what those who accept an offer also do: association rules. They prove no effect."""
