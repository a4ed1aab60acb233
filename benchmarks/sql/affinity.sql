WITH counted AS (
  SELECT customer_id, offer_kind, as_of,
    (count(*) FILTER (offered))::DOUBLE AS offered,
    (count(*) FILTER (offered AND (asked - happened) / 86400 <= 56))::DOUBLE AS offered_56d,
    (count(DISTINCT offer_id) FILTER (NOT offered))::DOUBLE AS accepted,
    coalesce(sum(value) FILTER (NOT offered), 0) AS accepted_value,
    max(happened) FILTER (offered) AS last_offered_at,
    max(happened) FILTER (NOT offered) AS last_accepted_at
  FROM contacts JOIN instants ON happened < asked GROUP BY ALL)
SELECT customer_id, offer_kind, as_of, offered, offered_56d, accepted, accepted_value,
  (accepted + 0.4::DOUBLE) / (offered + 4) AS acceptance_rate, last_offered_at, last_accepted_at
FROM counted
