"""Claims about the remedies: what each does to the path, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import numpy as np

from tuisim.claims.claim import Claim, Evidence, Measured, each, end, factor, seeds
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment
from tuisim.values.remedies import with_remedy

_PLAIN = Experiment(radius=0.9, depth=100)
_CLIPPED = Experiment(activation="identity", radius=1.1, clip="norm", depth=100)
_HIGH = Experiment(cell="lstm", forget_bias=5.0, depth=20_000)
_TRUNCATED = Experiment(activation="identity", radius=0.95, drive="noise")
_KEPT_STEPS = 20
#: The skip's, in steps.
_DISTANCE = with_remedy(_PLAIN, "skip").skip


def _heard(experiment: Experiment) -> Measured:
    """How much of an impulse one step ago is in the state, over what a plain net has of it."""
    found = []
    for one in seeds(experiment):
        short = attrs.evolve(one, depth=1, skip=0, drive="impulse", start_rms=1e-9)
        plain = attrs.evolve(_PLAIN, seed=one.seed, depth=1, drive="impulse", start_rms=1e-9)
        heard, all_of_it = (simulate(net).hidden_log10[0, 1] for net in (short, plain))
        found.append(float(10.0 ** (heard - all_of_it)))
    return Measured("of an input in the next state, over the plain net's", found, "×")


def _path(name: str) -> Evidence:
    with_it = with_remedy(_PLAIN, name)
    plain = each("a step back, plain", _PLAIN, factor, "×")
    kept = each(f"with {name}", with_it, factor, "×")
    gained = each(f"‖∂L/∂h_0‖ with {name}", with_it, end, "log10")
    nearer = all(
        abs(math.log(one)) < abs(math.log(other))
        for one, other in zip(kept.values, plain.values, strict=True)
    )
    cost = _heard(with_it)
    why = f"the price: ×{cost.median:.2f} of an input is heard at once" if cost.median < 0.9 else ""
    return Evidence((kept, plain, gained, cost), "holds" if nearer else "does not hold", why)


def _before_first_tooth(run: Run) -> float:
    """log10 of ‖∂L/∂h_t‖ one step short of the first skip back, which single steps alone reach."""
    return float(run.gradient_log10[0, -_DISTANCE])


def _skip() -> Evidence:
    found = _path("skip")
    steps = _DISTANCE - 1
    between = each(f"‖∂L/∂h‖ {steps} steps back, between the comb's teeth",
                   with_remedy(_PLAIN, "skip"), _before_first_tooth, "log10")  # fmt: skip
    plain = each("the same, plain", _PLAIN, _before_first_tooth, "log10")
    why = ""
    if between.spread[1] < plain.spread[0]:
        left, of_plain = (10.0**one.median for one in (between, plain))
        why = (
            f"the price: {steps} steps back, between the comb's teeth, ×{left:.4f} is left, "
            f"×{of_plain:.2f} without"
        )
    return attrs.evolve(found, measured=(*found.measured, between, plain), because=why)


def _echo() -> Evidence:
    """Nothing of its W is trained, so no gradient need go back; what must fade is the past."""
    fades = []
    for one in seeds(with_remedy(_PLAIN, "echo state")):
        other = attrs.evolve(one, start_rms=2.0)
        ends = [simulate(net).states[0, -1] for net in (one, other)]
        fades.append(float(np.log10(np.linalg.norm(ends[0] - ends[1]))))
    forgotten = Measured("what two starts leave of their distance after 100 steps", fades, "log10")
    vanishing = each("its gradient, a step back", with_remedy(_PLAIN, "echo state"), factor, "×")
    holds = forgotten.spread[1] < -3.0
    fading = vanishing.spread[1] < 1.0
    why = "the price: it forgets by design, and its gradient would vanish" if fading else ""
    return Evidence((forgotten, vanishing), "holds" if holds else "does not hold", why)


def _clipping() -> Evidence:
    def clipped(run: Run) -> float:
        return float(run.clipped_weight_gradient_norm[0])

    step = each("norm of the step's gradient, clipped, ρ 1.1", _CLIPPED, clipped)
    back = each("the same net's gradient, a step back", _CLIPPED, factor, "×")
    small = attrs.evolve(_CLIPPED, radius=0.9)
    gone = each("at ρ 0.9, clipped or not", small, lambda run: math.log10(clipped(run)), "log10")
    plain = each("not clipped", attrs.evolve(small, clip="none"),
                 lambda run: math.log10(float(run.weight_gradient_norm[0])), "log10")  # fmt: skip
    helps = step.spread[1] <= 1.0 + 1e-12 and back.spread[0] > 1.0
    nothing = gone.values == plain.values
    return Evidence((step, back, gone, plain), "holds" if helps and nothing else "does not hold")


def _remembers() -> Evidence:
    def beyond(run: Run) -> float:
        """The factor a step back beyond the last thousand steps."""
        log10 = run.gradient_log10[0]
        return float(10.0 ** ((log10[0] - log10[-1001]) / (run.experiment.depth - 1000)))

    found = each("a step back, beyond the first thousand", _HIGH, beyond, "×")
    thousand = each("‖∂L/∂h‖ a thousand steps back", attrs.evolve(_HIGH, depth=1000), end, "log10")
    total = each("20,000 steps back", _HIGH, end, "log10")
    kept, lost = (max(map(abs, one.spread)) for one in (thousand, total))
    if kept <= 3.0 < lost:
        least, most = found.spread
        why = f"a thousand are meant: beyond them, ×{least:.4f} to ×{most:.4f} a step back"
        return Evidence((found, thousand, total), "holds only if", why)
    return Evidence((found, thousand, total), "holds" if lost <= 3.0 else "does not hold")


def _kept(run: Run) -> float:
    """Of ‖∂L/∂W‖, what the newest steps alone give, in per cent."""
    delta = run.slopes[0, :, 0] * run.gradients[0, 1:, 0]
    states = run.states[0, :-1, 0]
    whole = np.linalg.norm(delta.T @ states)
    newest = np.linalg.norm(delta[-_KEPT_STEPS:].T @ states[-_KEPT_STEPS:])
    return float(100 * newest / whole)


def _truncation() -> Evidence:
    driven = each("of ‖∂L/∂W‖ in 20 of 100 steps, driven, ρ 0.95", _TRUNCATED, _kept, "%")
    alone = each("not driven", attrs.evolve(_TRUNCATED, drive="none"), _kept, "%")
    near_one = each("driven, ρ 1", attrs.evolve(_TRUNCATED, radius=1.0), _kept, "%")
    measured = (driven, alone, near_one)
    if driven.spread[0] > 80.0 and max(alone.spread[1], near_one.spread[1]) < 80.0:
        why = (
            f"the net is driven and forgets by itself: {driven.median:.0f} % are kept, "
            f"{alone.median:.0f} % not driven, {near_one.median:.0f} % at ρ 1"
        )
        return Evidence(measured, "holds only if", why)
    return Evidence(measured, "holds" if driven.spread[0] > 80.0 else "does not hold")


def _remedy(name: str, says: str, check: Callable[[], Evidence] | None = None) -> Claim:
    own = check or (lambda: _path(name))
    return Claim(name, says, "the essay", with_remedy(_PLAIN, name), own)


CLAIMS = (
    _remedy("leaky", "A leaky unit keeps its gradient: most of the state is carried on as it is."),
    _remedy("skip", "Skip connections through time give the gradient fewer steps to go.", _skip),
    _remedy("lstm", "An lstm's forget gate keeps the gradient's path open."),
    Claim(
        "echo-state",
        "An echo state network avoids the trouble by never training its recurrent matrix.",
        "the essay",
        with_remedy(_PLAIN, "echo state"),
        _echo,
    ),
    Claim(
        "clipping",
        "Clipping bounds the step where gradients explode, and does nothing where they vanish.",
        "the essay",
        _CLIPPED,
        _clipping,
    ),
    Claim(
        "forget-bias-5",
        "With a forget bias of 5 an lstm keeps its gradient over thousands of steps.",
        "a guess",
        _HIGH,
        _remembers,
    ),
    Claim(
        "truncation",
        "Truncating back-propagation at 20 steps loses little of the gradient.",
        "a guess",
        _TRUNCATED,
        _truncation,
    ),
)
