WITH about AS (
  SELECT DISTINCT as_of, kind AS offer_kind, category FROM (
    SELECT as_of, kind, unnest(categories) AS category FROM catalogue JOIN instants
      ON coalesce(valid_from <= asked, true) AND coalesce(valid_to > asked, true))
  WHERE category IS NOT NULL),
baskets AS (
  SELECT customer_id, as_of, categories FROM sales JOIN instants ON happened < asked AND happened >= asked - 56 * 86400),
bought AS (
  SELECT customer_id, offer_kind, as_of, count(DISTINCT category) AS categories_bought, count(*) AS pairs
  FROM (SELECT customer_id, as_of, unnest(categories) AS category FROM baskets) JOIN about USING (as_of, category)
  GROUP BY ALL),
kinds AS (SELECT offer_kind, as_of, count(*) AS offered FROM about GROUP BY ALL),
counts AS (SELECT customer_id, as_of, count(*) AS baskets FROM baskets GROUP BY ALL)
SELECT customer_id, offer_kind, as_of, coalesce(categories_bought, 0)::DOUBLE AS categories_bought,
  coalesce(categories_bought, 0) / offered AS categories_share,
  coalesce(pairs, 0) / (baskets + 2) AS bought_per_basket
FROM counts JOIN kinds USING (as_of) LEFT JOIN bought USING (customer_id, offer_kind, as_of)
