"""`python -m loadtest`: the same as `harmonie loadtest`."""

import sys

from loadtest.cli import main

sys.exit(main())
