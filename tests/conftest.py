"""What holds for all tests."""

from hypothesis import settings

# A time limit for each example would make tests fail where the machine is busy; how long tests take, pytest limits.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
