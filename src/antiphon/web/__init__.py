"""The HTTP API: routes that translate to actions. Loaded only where it is configured."""
