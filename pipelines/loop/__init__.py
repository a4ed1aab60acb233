"""A closed loop in the simulated market: policies decide week by week, and what each truly earns is compared."""
