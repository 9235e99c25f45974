"""What a recurrent node of ONNX reads: another's states, moved about by nodes that change none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from tuisim.engine.trained.formats.graph import Node

#: Nodes between two layers.
_MOST = 40


def behind(nodes: Iterable[Node], kinds: Collection[str]) -> set[str]:
    """The names of what hangs on a node of these kinds; the nodes are as `all_nodes` has them."""
    found: set[str] = set()
    for node in nodes:
        heard = {*node.inputs, *(name for graph in node.graphs for name in graph.outputs)}
        if node.kind in kinds or not found.isdisjoint(heard):
            found.update(name for name in node.outputs if name)
    return found


def read_from(
    node: Node, after: Collection[str], kinds: Collection[str]
) -> tuple[Node | None, str]:
    """The recurrent node whose states a recurrent node reads, and "".

    Else None and what it reads in its place, a phrase, which is empty too where nothing recurrent
    lies below: then what it reads is the input.

    Args:
        after: the names that `behind` found for the same kinds.
    """
    name = node.inputs[0] if node.inputs else ""
    moves: list[Node] = []
    for _ in range(_MOST):
        lower = node.graph.maker(name) if name in after else None
        if lower is None:
            return None, ""
        if lower.kind in kinds:
            return _states(lower, name, moves, node)
        if lower.kind not in _MOVES or not lower.inputs:
            return None, f"what {lower.kind} gives"
        moves.append(lower)
        name = lower.inputs[0]
    return None, f"what over {_MOST} nodes give"


def _states(lower: Node, name: str, moves: list[Node], upper: Node) -> tuple[Node | None, str]:
    """The lower node, where all that goes up are its states, both directions side by side."""
    who = f"{lower.kind} {lower.name!r}"
    if name != lower.outputs[0]:
        return None, f"the last state of {who} alone"
    # By axis: time, direction, row, unit.
    axes = "btdn" if _layout(lower) else "tdbn"
    both = "direction" in lower.attributes and (
        lower.attributes["direction"].word.lower() == "bidirectional"
    )
    for move in reversed(moves):
        axes = _MOVES[move.kind](move, axes, both)
    wanted = "bt" if _layout(upper) else "tb"
    if axes in (f"{wanted}n", f"{wanted}dn") and (both is (len(axes) == 4)):
        return lower, ""
    return None, f"what {who} gives, in another order"


def _layout(node: Node) -> int:
    return node.attributes["layout"].integer if "layout" in node.attributes else 0


def _same(node: Node, axes: str, both: bool) -> str:
    return axes


def _transpose(node: Node, axes: str, both: bool) -> str:
    order = node.attributes["perm"].integers if "perm" in node.attributes else []
    order = order or list(range(len(axes)))[::-1]
    if sorted(order) != list(range(len(axes))):
        return ""
    return "".join(axes[place] for place in order)


def _squeeze(node: Node, axes: str, both: bool) -> str:
    given = node.array(1) if node.is_given(1) else None
    named = node.attributes["axes"].integers if "axes" in node.attributes else []
    places = named if given is None else [int(one) for one in given.ravel()]
    if both or not places or min(places) < -len(axes) or max(places) >= len(axes):
        return ""
    gone = "".join(axes[place] for place in places)
    return axes.replace("d", "") if gone == "d" else ""


def _reshape(node: Node, axes: str, both: bool) -> str:
    """From four axes to three: directions and units become one, where they stand last."""
    shape = node.array(1)
    if len(axes) != 4 or (shape is not None and shape.size != 3):
        return ""
    if not both:
        return axes.replace("d", "")
    return axes if axes.endswith("dn") else ""


#: Nodes that leave all numbers as they are → what they do to the axes, "" where that is not known.
_MOVES: Mapping[str, Callable[[Node, str, bool], str]] = {
    "Identity": _same,
    "Dropout": _same,
    "Cast": _same,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
}
