-- The canonical tables with instants in seconds since 1970, as the hand-written aggregates want them.
CREATE TEMP TABLE sales AS
SELECT customer_id, epoch(occurred_at) AS happened, amount, coalesce(discount > 0, false) AS discounted, categories
FROM read_parquet('{tables}/transactions/records.parquet');
CREATE TEMP TABLE customers AS
SELECT * REPLACE (epoch(signed_up_at) AS signed_up_at) FROM read_parquet('{tables}/customers/records.parquet');
CREATE TEMP TABLE catalogue AS
SELECT * REPLACE (epoch(valid_from) AS valid_from, epoch(valid_to) AS valid_to)
FROM read_parquet('{tables}/offers/records.parquet');
CREATE TEMP TABLE contacts AS
SELECT customer_id, happened, offer_id, kind AS offer_kind, value, offered FROM (
  SELECT customer_id, epoch(occurred_at) AS happened, offer_id, 0.0 AS value, true AS offered
  FROM read_parquet('{tables}/treatments/records.parquet') WHERE offer_id <> 'control'
  UNION ALL
  SELECT customer_id, epoch(occurred_at), offer_id, coalesce(value, 1.0), false
  FROM read_parquet('{tables}/outcomes/records.parquet')
  WHERE kind IN ('accepted', 'converted') AND offer_id <> 'control')
JOIN (SELECT offer_id, kind FROM catalogue) USING (offer_id);
CREATE TEMP TABLE segmentation AS FROM read_parquet('{segmentation}');
