"""The service that keeps the bridge running: a systemd unit of the user's, or an agent of launchd's."""
