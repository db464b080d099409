"""What can go wrong in signaling, in words of the domain.

SignalingError
├── SdpError                the text of an offer or fragment
│   ├── MalformedSdp        not SDP, or a line of it is wrong
│   ├── SdpTooLarge         over a bound on size, lines or sections
│   ├── ImpossibleOffer     well-formed, but nothing this server could ever answer
│   └── NoCommonCodec       well-formed and possible, but no codec in common
└── RequestError            the HTTP request around it (`resource`)

`feature` gives each its HTTP status; see `resource.STATUS_OF_ERROR`.
"""


class SignalingError(Exception):
    """Base of every error that leaves this package; its message is for the person who runs the client."""


class SdpError(SignalingError):
    """Base of everything that the SDP cores raise."""


class MalformedSdp(SdpError):
    """The text is not what its grammar asks for; the message names the line (from 1)."""


class SdpTooLarge(SdpError):
    """The text passes a bound on size, line length, lines or media sections."""


class ImpossibleOffer(SdpError):
    """The offer is well-formed, but lacks something without which no session can exist."""


class NoCommonCodec(SdpError):
    """No offered payload format can carry what has to be sent."""
