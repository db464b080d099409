"""Nesting without end must meet Python's recursion limit before it meets the end of the stack.

Some libraries raise the limit for the whole process when they are imported; a body of nested JSON then ends the
server with a segmentation fault.
"""

import subprocess
import sys

SERVE = """
import sys
before = sys.getrecursionlimit()
import server.app, server.serve_command, server.account_commands
assert sys.getrecursionlimit() == before, sys.getrecursionlimit()
from infra.decoding import BodyDecoder
from infra.request_errors import BodyMalformed
try:
    BodyDecoder(dict[str, object]).decode(b'{"a":' * 100_000)
except BodyMalformed:
    print("refused")
"""


def test_what_the_server_imports_leaves_the_limit_alone() -> None:
    process = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True, timeout=60)
    assert (process.returncode, process.stdout) == (0, "refused\n"), process.stderr
