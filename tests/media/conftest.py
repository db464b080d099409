"""What every media suite shares."""

from hypothesis import settings

# A busy machine is no failure: the examples count, not their time.
settings.register_profile("media", deadline=None)
settings.load_profile("media")
