"""Where people reach this server, for the links in its mails and the messages wallets sign. A core.

Only the operator's word counts: a ``Host`` header is whatever the sender made it, and a link or a signature bound to it
would be bound to nothing. The exception is a host that is this very machine, which nobody else can be phished to.
"""

import ipaddress


def public_origin(configured: str, host_header: str | None) -> str | None:
    """An origin such as ``https://stage.example.org``, or ``None`` when it is not known."""
    if configured:
        origin = configured.rstrip("/").lower()
        # As browsers write it: without the port that goes without saying.
        default = {"https": ":443", "http": ":80"}[origin.partition(":")[0]]
        return origin.removesuffix(default)
    if host_header is not None and is_loopback(host_header):
        return f"http://{host_header.lower()}"
    return None


def is_loopback(host: str) -> bool:
    """Whether ``host`` or ``host:port`` is this machine."""
    name = host.lower()
    if name.startswith("["):
        name, _, port = name[1:].partition("]")
        port = port.removeprefix(":")
    else:
        name, _, port = name.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        return False
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
