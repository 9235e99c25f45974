"""Random experiments for hypothesis: small enough for the twin, with every field in play."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tuisim.values.experiment import ACTIVATIONS, CLIPS, DRIVES, NORMS, SPECTRA, Experiment


def grid(low: float, high: float) -> st.SearchStrategy[float]:
    """Sixteenths from low to high: what lies far out has tests of its own."""
    return st.integers(int(low * 16), int(high * 16)).map(lambda k: k / 16)


@st.composite
def eigenvalue_tuples(draw: st.DrawFn, width: int) -> tuple[complex, ...]:
    """`width` reals and conjugate pairs, moduli from 1/16 to 2.1."""
    found: list[complex] = []
    while len(found) < width:
        real = draw(grid(0.0625, 1.5)) * draw(st.sampled_from((1, -1)))
        if width - len(found) >= 2 and draw(st.booleans()):
            imaginary = draw(grid(0.0625, 1.5))
            found += [complex(real, imaginary), complex(real, -imaginary)]
        else:
            found.append(complex(real))
    return tuple(draw(st.permutations(found)))


@st.composite
def experiments(
    draw: st.DrawFn, max_width: int = 5, max_depth: int = 8, **fixed: Any
) -> Experiment:
    """A random rnn experiment; `fixed` holds fields still.

    Normalised groups have at least three entries: of two, layer norm leaves only the signs,
    and its derivative is no more than what 1e-12 in the denominator makes of it. The same comes
    of a relu that leaves one unit: its size is normalised away, unless there is a bias.
    """
    # Each with its plain value first, as likely as all others: paths are met one at a time too.
    fields: dict[str, Any] = {}
    norm = fields["norm"] = draw(st.just("none") | st.sampled_from(NORMS))
    width = fields["width"] = draw(st.integers(3 if norm == "layer" else 1, max_width))
    depth = fields["depth"] = draw(st.integers(1, max_depth))
    fields["batch"] = draw(st.integers(4, 5) if norm == "batch" else st.integers(1, 3))
    fields["tied"] = draw(st.booleans())
    spectrum = fields["spectrum"] = draw(st.sampled_from(SPECTRA))
    if spectrum == "eigenvalues":
        fields["eigenvalues"] = draw(eigenvalue_tuples(width))
    elif spectrum not in ("gaussian", "reservoir"):
        fields["departure"] = draw(st.just(0.0) | grid(0, 1))
    fields["radius"] = draw(grid(0.25, 2) if norm != "none" else grid(0, 2))
    fields["activation"] = draw(st.sampled_from(ACTIVATIONS))
    lone = norm == "layer" and fields["activation"] == "relu"
    fields["bias"] = draw(grid(0.25, 1) if lone else st.just(0.0) | grid(0, 1))
    fields["leak"] = draw(st.just(1.0) | grid(0.0625, 1))
    fields["residual"] = draw(st.just(0.0) | grid(0, 1.5))
    if depth >= 2:
        fields["skip"] = draw(st.just(0) | st.integers(2, depth))
        fields["skip_share"] = draw(st.just(0.5) | grid(0, 1))
    fields["drive"] = draw(st.just("none") | st.sampled_from(DRIVES))
    fields["drive_gain"] = draw(grid(0, 2))
    # Not the middle of an odd symmetric spectrum: W·h_0 would be zero but for rounding.
    last = width - 2 if spectrum == "symmetric" and width > 1 else width - 1
    fields["start_eigenvector"] = draw(st.none() | st.integers(0, last))
    fields["start_rms"] = draw(st.just(1.0) | grid(0.0625, 2))
    fields["clip"] = draw(st.sampled_from(CLIPS))
    fields["clip_threshold"] = draw(grid(0.0625, 2))
    fields["members"] = draw(st.integers(1, 2))
    fields["seed"] = draw(st.integers(0, 1000))
    return Experiment(**(fields | fixed))
