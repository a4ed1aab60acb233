WITH known AS (
  SELECT customer_id, as_of, asked, happened, amount, discounted, (asked - happened) / 86400 AS age
  FROM sales JOIN instants ON happened < asked),
baskets AS (
  SELECT customer_id, as_of, any_value(asked) AS computed_at,
    count(*) FILTER (age <= 28) AS count_28d,
    count(*) FILTER (age <= 56) AS count_56d,
    count(*) FILTER (age <= 91) AS count_91d,
    count(DISTINCT floor(age / 7)) AS weeks,
    count(DISTINCT floor(age / 7)) FILTER (age < 56) AS weeks_56d,
    coalesce(sum(amount) FILTER (age <= 56), 0) AS spend_56d,
    avg(amount) AS amount_mean,
    count(*) FILTER (discounted) AS discounted,
    count(*) FILTER (discounted AND age <= 91) AS discounted_91d,
    (count(*) FILTER (discounted) + 0.1::DOUBLE) / (count(*) + 5) AS discounted_share,
    min(happened) AS first_at,
    max(happened) AS last_at,
    sum(ln(greatest(amount, 0) + 1) * (2 ** (-age / 56))) AS weighted_spend
  FROM known GROUP BY ALL),
days AS (
  SELECT customer_id, as_of, floor(happened / 86400) AS day, min(age) AS age FROM known GROUP BY ALL),
gaps AS (
  SELECT customer_id, as_of, age, day - lag(day) OVER (PARTITION BY customer_id, as_of ORDER BY day) AS gap FROM days),
visits AS (
  SELECT customer_id, as_of, sum((2 ** (-age / 56))) AS weighted_visits, count(gap) AS gaps, sum(gap) AS gap_days,
    sum(ln(gap)) AS gap_logs, sum(ln(gap) ** 2) AS gap_logs_squared
  FROM gaps GROUP BY ALL),
observed AS (
  SELECT customer_id, greatest(signed_up_at, (SELECT min(happened) FROM sales)) AS observed_at FROM customers)
SELECT customer_id, as_of, count_28d::DOUBLE AS count_28d, count_56d::DOUBLE AS count_56d,
  count_91d::DOUBLE AS count_91d, weeks_56d::DOUBLE AS weeks_56d, spend_56d, amount_mean,
  discounted_91d::DOUBLE AS discounted_91d, discounted_share,
  discounted / greatest((computed_at - observed_at) / 604800, 1) AS discounted_per_week,
  (2 * count_28d - count_56d)::DOUBLE AS trend, first_at, last_at, observed_at, computed_at, weeks::DOUBLE AS weeks,
  weighted_visits, weighted_spend, gaps::DOUBLE AS gaps, gap_days, gap_logs, gap_logs_squared
FROM baskets JOIN visits USING (customer_id, as_of) JOIN observed USING (customer_id)
