"""Makes the trained net that claims speak of: `python tests/data/recall_net.py`.

An lstm of 32 units that recalls the first of 20 inputs, trained by `tuisim train` from seed 0.
"""

from __future__ import annotations

from tuisim import cli
from tuisim.claims.trained import NET

ASKED = "--task recall --cell lstm --width 32 --depth 20 --batch 32 --optimizer adam --seed 0"

if __name__ == "__main__":
    words = [*ASKED.split(), "--learning-rate", "0.003", "--steps", "400"]
    raise SystemExit(cli.main(["train", *words, "--save", NET, "--force"]))
