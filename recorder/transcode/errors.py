"""What can go wrong while transcoding. Nobody is answered with it over HTTP."""


class EncoderUnusable(Exception):
    """The encoder is not there, does not open, or has failed. Its message says which and why."""
