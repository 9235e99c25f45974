"""python -m tuisim."""

from tuisim.cli import console

if __name__ == "__main__":
    console()
