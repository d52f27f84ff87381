"""`python -m charsam.cli`: the same as `charsam`."""

import sys

from charsam.cli import main

sys.exit(main())
