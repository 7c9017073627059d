"""The unit of the service manager that keeps the bridge running: written, looked at, taken away."""
