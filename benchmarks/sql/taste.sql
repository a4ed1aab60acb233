WITH topics AS (
  SELECT DISTINCT offer_kind, category, valid_from, valid_to FROM (
    SELECT kind AS offer_kind, unnest(categories) AS category, coalesce(valid_from, 0) AS valid_from, valid_to
    FROM catalogue)
  WHERE category IS NOT NULL),
about AS (
  SELECT DISTINCT as_of, offer_kind, category FROM topics JOIN instants
    ON valid_from <= asked AND coalesce(valid_to > asked, true)),
baskets AS (
  SELECT customer_id, as_of, categories FROM sales JOIN instants ON happened < asked AND happened >= asked - 56 * 86400
  WHERE categories IS NOT NULL),
bought AS (
  SELECT customer_id, offer_kind, as_of, count(DISTINCT category) AS categories_bought, count(*) AS pairs
  FROM (SELECT customer_id, as_of, unnest(categories) AS category FROM baskets) JOIN about USING (as_of, category)
  GROUP BY ALL),
offered AS (SELECT offer_kind, as_of, count(*) AS offered FROM about GROUP BY ALL),
counts AS (SELECT customer_id, as_of, count(*) AS baskets FROM baskets GROUP BY ALL),
buyers AS (SELECT customer_id, min(happened) AS since FROM sales WHERE categories IS NOT NULL GROUP BY ALL),
kinds AS (SELECT offer_kind, min(valid_from) AS since FROM topics GROUP BY ALL),
everyone AS (
  SELECT customer_id, offer_kind, as_of
  FROM buyers JOIN instants ON buyers.since < asked JOIN kinds ON kinds.since <= asked)
SELECT customer_id, offer_kind, as_of, coalesce(categories_bought, 0)::DOUBLE AS categories_bought,
  coalesce(categories_bought, 0) / coalesce(offered, 1) AS categories_share,
  coalesce(pairs, 0) / (coalesce(baskets, 0) + 2) AS bought_per_basket
FROM everyone LEFT JOIN counts USING (customer_id, as_of) LEFT JOIN offered USING (offer_kind, as_of)
  LEFT JOIN bought USING (customer_id, offer_kind, as_of)
