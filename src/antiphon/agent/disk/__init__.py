"""What lies on the worker's disk: transcripts, skills, the working tree."""
