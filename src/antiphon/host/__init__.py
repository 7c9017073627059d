"""The machine under the bridge: its service manager is told how the bridge is, it stays awake while turns run, and its
sleep is noticed."""
