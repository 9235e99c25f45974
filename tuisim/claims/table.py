"""All claims, in the essay's order; a new theme is a module of its own and a line here."""

from __future__ import annotations

from tuisim.claims import learned, powers, remedied, slopes, trained
from tuisim.claims.claim import Claim

CLAIMS: dict[str, Claim] = {
    claim.name: claim
    for theme in (powers, slopes, remedied, trained, learned)
    for claim in theme.CLAIMS
}
