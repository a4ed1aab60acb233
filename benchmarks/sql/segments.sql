WITH gaps AS (
  SELECT customer_id, happened, amount, discounted,
    (happened - lag(happened) OVER (PARTITION BY customer_id ORDER BY happened)) / 86400 AS gap_days FROM sales),
windows AS (
  SELECT customer_id, as_of, floor((asked - happened) / 86400 / 56) AS place, count(*)::DOUBLE AS purchases,
    sum(amount) AS spend, (count(*) FILTER (discounted))::DOUBLE AS discounts,
    (count(*) FILTER ((asked - happened) / 86400 <= 28))::DOUBLE AS later, min((asked - happened) / 86400) AS silent,
    max((asked - happened) / 86400) AS first_days, max(gap_days) AS gap_days
  FROM gaps JOIN instants ON happened < asked GROUP BY ALL),
habits AS (
  SELECT *, spend / greatest(purchases, 1) AS basket, discounts / greatest(purchases, 1) AS discounted,
    2 * later - purchases AS change
  FROM (SELECT customer_id, as_of, coalesce(sum(purchases) FILTER (place = 0), 0) AS purchases,
      coalesce(sum(spend) FILTER (place = 0), 0) AS spend, coalesce(sum(discounts) FILTER (place = 0), 0) AS discounts,
      coalesce(sum(later) FILTER (place = 0), 0) AS later, min(silent) AS silent, max(first_days) AS first_days,
      max(gap_days) FILTER (place = 0) AS gap_days, max(spend) AS best FROM windows GROUP BY ALL)),
labels AS (
  SELECT customer_id, as_of, max(label) FILTER (segment = 'recency_score')::DOUBLE AS r,
    max(label) FILTER (segment = 'frequency_score')::DOUBLE AS f,
    max(label) FILTER (segment = 'monetary_score')::DOUBLE AS m,
    max(label) FILTER (segment = 'potential_score')::DOUBLE AS p, max(label) FILTER (segment = 'behaviour') AS behaviour
  FROM habits JOIN segmentation ON epoch(as_of) >= measured_at
    AND (silent_days_above IS NULL OR silent > silent_days_above) AND (silent_days_to IS NULL OR silent <= silent_days_to)
    AND (purchases_above IS NULL OR purchases > purchases_above) AND (purchases_to IS NULL OR purchases <= purchases_to)
    AND (spend_above IS NULL OR spend > spend_above) AND (spend_to IS NULL OR spend <= spend_to)
    AND (basket_above IS NULL OR basket > basket_above) AND (basket_to IS NULL OR basket <= basket_to)
    AND (discounted_above IS NULL OR discounted > discounted_above)
    AND (discounted_to IS NULL OR discounted <= discounted_to)
    AND (change_above IS NULL OR change > change_above) AND (change_to IS NULL OR change <= change_to)
    AND (best_spend_above IS NULL OR best > best_spend_above) AND (best_spend_to IS NULL OR best <= best_spend_to)
  GROUP BY ALL)
SELECT customer_id, as_of, r AS recency_score, f AS frequency_score, m AS monetary_score, p AS potential_score,
  CASE WHEN r IS NULL OR f IS NULL OR m IS NULL THEN NULL
    WHEN r >= 4 AND (f + m) / 2 >= 4 THEN 'champions' WHEN r >= 3 AND (f + m) / 2 >= 3 THEN 'loyal'
    WHEN r >= 4 THEN 'promising' WHEN r >= 3 THEN 'needing attention' WHEN (f + m) / 2 >= 4 THEN 'not to be lost'
    WHEN (f + m) / 2 >= 3 THEN 'at risk' ELSE 'hibernating' END AS rfm,
  CASE WHEN m <= 2 THEN 'low' WHEN m <= 4 THEN 'middle' WHEN m <= 5 THEN 'high' END AS value,
  CASE WHEN p <= 2 THEN 'low' WHEN p <= 4 THEN 'middle' WHEN p <= 5 THEN 'high' END AS potential,
  NULL::VARCHAR AS reach,
  CASE WHEN silent IS NULL THEN 'prospect' WHEN silent > 56 THEN 'lapsed' WHEN first_days <= 56 THEN 'new'
    WHEN gap_days > 56 THEN 'won back' WHEN silent > 28 THEN 'cooling' ELSE 'active' END AS stage, behaviour
FROM customers JOIN instants ON signed_up_at < asked
LEFT JOIN habits USING (customer_id, as_of) LEFT JOIN labels USING (customer_id, as_of)
