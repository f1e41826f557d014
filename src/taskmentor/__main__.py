"""`python -m taskmentor` is the command `taskmentor`."""

import sys

from taskmentor.cli import main

if __name__ == "__main__":
    sys.exit(main())
