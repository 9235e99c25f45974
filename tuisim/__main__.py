"""python -m tuisim. May import the command line only."""

import sys

from tuisim.cli import main

if __name__ == "__main__":
    sys.exit(main())
