"""Fuzzes the way from packets to frames: `python -m tests.fuzz.fuzz_recorder --seconds 60 [--target VP9]`."""

from functools import partial

from tests.fuzz.harness import main
from tests.fuzz.recorder_checks import CODECS, check_frames, seeds_of

if __name__ == "__main__":
    main({codec: (partial(check_frames, codec), seeds_of(codec)) for codec in CODECS}, packages=["recorder"])
