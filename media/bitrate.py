"""How much a publisher without transport-wide feedback may send: a loss-based estimate for REMB.

No I/O. Rules as in draft-ietf-rmcat-gcc-02 section 6: grow below 2 % loss, hold up to 10 %, back off above.
"""

MIN_BPS = 150_000
START_BPS = 3_000_000
MAX_BPS = 20_000_000


class LossBasedEstimate:
    """The bitrate in bit/s to ask a sender for."""

    def __init__(self) -> None:
        self.bitrate_bps = START_BPS

    def update(self, fraction_lost: float, received_bps: int) -> int:
        """Take the loss (0..1) and the rate seen since the last update, about a second ago. Returns the new
        estimate.

        It never runs further ahead of what is really sent than a factor of two.
        """
        if fraction_lost > 0.10:
            self.bitrate_bps = int(self.bitrate_bps * (1 - 0.5 * fraction_lost))
        elif fraction_lost < 0.02:
            self.bitrate_bps = min(int(self.bitrate_bps * 1.08) + 1000, max(2 * received_bps, START_BPS))
        self.bitrate_bps = max(MIN_BPS, min(MAX_BPS, self.bitrate_bps))
        return self.bitrate_bps
