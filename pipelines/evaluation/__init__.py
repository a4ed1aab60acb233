"""Judging a policy on records of another: what was logged, what the policy would have done, what that was worth."""
