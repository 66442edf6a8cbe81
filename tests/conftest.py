"""For all tests: a property is wrong or right, however slow the machine is just now."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
