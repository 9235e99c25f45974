"""python -m tuisim. May import the command line only."""

from tuisim.cli import console

if __name__ == "__main__":
    console()
