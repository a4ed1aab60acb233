"""Models: data, tuning, calibration, tracking, promotion."""
