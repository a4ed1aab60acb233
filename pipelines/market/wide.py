"""A catalogue of twenty offers: the six of every market among variants, some of them of bad value, some expensive."""

from __future__ import annotations

from pipelines.market.catalogue import Catalogue, MarketOffer

WIDE = Catalogue(
    (
        MarketOffer("discount_05", "5% off the next three baskets", "discount", 0.2, 0.8, ("email", "push")),
        MarketOffer("discount_10", "10% off the next three baskets", "discount", 0.4, 1.5, ("email", "push")),
        MarketOffer("discount_15", "15% off until the end of the season", "discount", 0.6, 3.6, ("email", "sms")),
        MarketOffer("discount_20", "20% off the next three baskets", "discount", 0.8, 2.8, ("push", "sms")),
        MarketOffer("discount_25", "25% off the next three baskets", "discount", 1.0, 4.0, ("sms", "mail")),
        MarketOffer("free_delivery", "Free delivery for a month", "discount", 0.3, 2.6, ("email", "push")),
        MarketOffer("points_100", "100 points", "points", 0.2, 0.6, ("email", "push")),
        MarketOffer("points_250", "250 points", "points", 0.5, 1.0, ("email", "push")),
        MarketOffer("points_500", "500 points", "points", 0.7, 1.7, ("push", "sms")),
        MarketOffer("points_1000", "1,000 points", "points", 1.0, 3.0, ("push", "sms")),
        MarketOffer("points_double", "Double points for a month", "points", 0.6, 3.8, ("email", "mail")),
        MarketOffer("gift_sample", "Samples of new arrivals", "gift", 0.3, 1.8, ("email", "mail")),
        MarketOffer("gift_small", "A small box of new arrivals", "gift", 0.6, 3.2, ("email", "mail")),
        MarketOffer("gift_box", "A box of new arrivals", "gift", 1.0, 5.0, ("email", "mail")),
        MarketOffer("gift_event", "An evening for two", "gift", 0.8, 9.0, ("email", "mail")),
        MarketOffer("gift_hamper", "A hamper", "gift", 1.0, 14.0, ("mail",)),
        MarketOffer("service_note", "A note of apology", "service", 0.3, 0.4, ("email", "push")),
        MarketOffer("service_call", "A call back within the day", "service", 0.8, 3.0, ("sms",)),
        MarketOffer("service_care", "A personal apology and free returns", "service", 1.0, 2.0, ("email", "sms")),
        MarketOffer("service_concierge", "A personal shopper for a month", "service", 1.0, 8.0, ("sms", "mail")),
    )
)
