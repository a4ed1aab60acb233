"""What a run found, told to machines: a webhook, and gauges for Prometheus."""
