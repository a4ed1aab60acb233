SELECT offer_id, as_of, cost, value, (valid_to - valid_from) / 86400 AS duration_days,
  len(categories)::DOUBLE AS categories, coupons, products, kind
FROM catalogue JOIN instants ON coalesce(valid_from, 0) <= asked
