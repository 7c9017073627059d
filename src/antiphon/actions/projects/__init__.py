"""Projects that come and go while the bridge runs."""
