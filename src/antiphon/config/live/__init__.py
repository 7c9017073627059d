"""The configuration of a bridge that runs: projects beside the file's, and a file that has changed."""
