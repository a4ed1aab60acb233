"""The data contract, ingestion, feature definitions, labels and the feature store."""
