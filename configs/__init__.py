"""What may be configured: frozen, strict types and the YAML that fills them."""
