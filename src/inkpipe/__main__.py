"""`python -m inkpipe`: the same as the command `inkpipe`."""

import sys

from inkpipe.cli import main

sys.exit(main())
