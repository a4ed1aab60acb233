"""Pure rules on plain values: offers, eligibility, arbitration, exploration. No platform library."""
