"""Whether the policy does what it should: mix, arms, budgets, exploration."""
