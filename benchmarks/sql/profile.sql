SELECT customer_id, as_of, age, income, home_ownership, marital_status, household_size, household_comp, kids_count,
  signed_up_at
FROM customers JOIN instants ON signed_up_at < asked
