"""What a pickle says, without running anything: a machine that knows containers and numbers only.

`pickle` itself calls what the file names. Here a name outside the list given is refused, and one
within it becomes a value of ours.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, NoReturn

import attrs

#: Steps of a pickle; a vocabulary of a million words has three million.
MOST_STEPS = 6_000_000
#: Bytes of one text or number.
MOST_BYTES = 64 << 20

#: What a name within the list does when it is called.
Call = Callable[[tuple[Any, ...]], Any]


class Opaque:
    """A value that nobody asks for: it takes whatever is put into it, and keeps nothing."""

    def __str__(self) -> str:
        # As a key it is a part of names, which are to be the same whenever a file is read.
        return "?"


@attrs.define(eq=False)
class Module:
    """An object with attributes, as TorchScript has them; no class of any program."""

    attributes: dict[Any, Any] = attrs.Factory(dict)


@attrs.frozen(eq=False)
class Name:
    """A name within the list, and what a call of it gives."""

    text: str
    call: Call


class _Mark:
    pass


class _Bounded:
    """A file for `pickletools`, which would read as much as a text claims to be long."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read_some, self.read_line, self.tell = file.read, file.readline, file.tell

    def read(self, count: int) -> bytes:
        if count > MOST_BYTES:
            raise ValueError(f"the pickle holds a text of {count} bytes")
        return self.read_some(count)

    def readline(self) -> bytes:
        return self.read_line(1 << 16)


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: Mapping[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_SET": Opaque,
}
_IGNORED = {"PROTO", "FRAME"}
_GETS = {"GET", "BINGET", "LONG_BINGET"}
_PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
#: Steps that put a value on the stack which stands in the pickle itself.
_LITERALS = frozenset(
    one.name
    for one in pickletools.opcodes
    if one.arg is not None
    and not one.stack_before
    and [after.name for after in one.stack_after] not in ([], ["any"])
)


def _steps(file: Any) -> Iterator[tuple[pickletools.OpcodeInfo, Any, int | None]]:
    try:
        yield from pickletools.genops(file)
    except ValueError as error:
        raise ValueError(f"the pickle is damaged ({str(error)[:100]})") from None


class Machine:
    """Reads one pickle from where the file stands, up to its end.

    Args:
        find: a name, `module.name`, to what it is; a name outside its list is a ValueError.
        persistent: what a persistent id stands for.
    """

    def __init__(self, find: Callable[[str], Any], persistent: Callable[[Any], Any]) -> None:
        self._find, self._persistent = find, persistent
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def read(self, file: IO[bytes]) -> Any:
        """The value that the pickle makes.

        Raises:
            ValueError: a name outside the list, a pickle that is damaged, or one too long.
        """
        bounded: Any = _Bounded(file)
        try:
            for count, (opcode, arg, _) in enumerate(_steps(bounded)):
                if count > MOST_STEPS:
                    raise ValueError(f"the pickle has over {MOST_STEPS} steps")
                if opcode.name == "STOP":
                    return self._stack.pop()
                self._step(opcode.name, arg)
        except (IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"the pickle is damaged ({type(error).__name__})") from None
        raise ValueError("the pickle is cut off")

    def _step(self, name: str, arg: Any) -> None:
        stack = self._stack
        if name in _LITERALS:
            stack.append(arg)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name in _GETS:
            stack.append(self._memo[int(arg)])
        elif name in _PUTS:
            self._memo[int(arg)] = stack[-1]
        elif name not in _IGNORED:
            action = getattr(self, f"_{name.lower()}", None)
            if action is None:
                raise ValueError(f"the pickle has a step {name}, which no such file needs")
            action(arg)

    def _marked(self) -> list[Any]:
        stack = self._stack
        place = len(stack) - 1
        while place >= 0 and type(stack[place]) is not _Mark:
            place -= 1
        if place < 0:
            raise IndexError("mark")
        found = stack[place + 1 :]
        del stack[place:]
        return found

    def _mark(self, _: Any) -> None:
        self._stack.append(_Mark())

    def _pop(self, _: Any) -> None:
        self._stack.pop()

    def _pop_mark(self, _: Any) -> None:
        self._marked()

    def _dup(self, _: Any) -> None:
        self._stack.append(self._stack[-1])

    def _memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _tuple(self, _: Any) -> None:
        self._stack.append(tuple(self._marked()))

    def _last(self, count: int) -> None:
        if len(self._stack) < count:
            raise IndexError("stack")
        found = tuple(self._stack[-count:])
        del self._stack[-count:]
        self._stack.append(found)

    def _tuple1(self, _: Any) -> None:
        self._last(1)

    def _tuple2(self, _: Any) -> None:
        self._last(2)

    def _tuple3(self, _: Any) -> None:
        self._last(3)

    def _list(self, _: Any) -> None:
        self._stack.append(self._marked())

    def _dict(self, _: Any) -> None:
        items = self._marked()
        self._stack.append({})
        self._set(items)

    def _frozenset(self, _: Any) -> None:
        self._marked()
        self._stack.append(Opaque())

    def _additems(self, _: Any) -> None:
        self._marked()

    def _append(self, _: Any) -> None:
        self._extend([self._stack.pop()])

    def _appends(self, _: Any) -> None:
        self._extend(self._marked())

    def _extend(self, items: list[Any]) -> None:
        if isinstance(self._stack[-1], list):
            self._stack[-1].extend(items)

    def _setitem(self, _: Any) -> None:
        value = self._stack.pop()
        self._set([self._stack.pop(), value])

    def _setitems(self, _: Any) -> None:
        self._set(self._marked())

    def _set(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, dict):
            # The hash of a tuple goes down into it as deep as it lies.
            keys = [one if isinstance(one, str | int | float) else Opaque() for one in items[::2]]
            target.update(zip(keys, items[1::2], strict=True))

    def _named(self, text: str) -> None:
        self._stack.append(self._find(text))

    def _global(self, arg: str) -> None:
        # `pickletools` gives "module name".
        self._named(arg.replace(" ", "."))

    def _stack_global(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not (isinstance(name, str) and isinstance(module, str)):
            raise TypeError("name")
        self._named(f"{module}.{name}")

    def _inst(self, arg: str) -> None:
        arguments = tuple(self._marked())
        self._named(arg.replace(" ", "."))
        self._call(self._stack.pop(), arguments)

    def _obj(self, _: Any) -> None:
        name, *arguments = self._marked()
        self._call(name, tuple(arguments))

    def _reduce(self, _: Any) -> None:
        arguments, name = self._stack.pop(), self._stack.pop()
        self._call(name, arguments)

    def _newobj(self, _: Any) -> None:
        self._reduce(None)

    def _newobj_ex(self, _: Any) -> None:
        self._stack.pop()
        self._reduce(None)

    def _call(self, name: Any, arguments: Any) -> None:
        if not (isinstance(name, Name) and isinstance(arguments, tuple)):
            raise TypeError("call")
        self._stack.append(name.call(arguments))

    def _build(self, _: Any) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        if isinstance(target, Module):
            target.attributes.update(state if isinstance(state, dict) else {"state": state})

    def _persid(self, arg: Any) -> None:
        self._stack.append(self._persistent(arg))

    def _binpersid(self, _: Any) -> None:
        self._stack.append(self._persistent(self._stack.pop()))


def refused_name(text: str) -> NoReturn:
    """Raise the ValueError on a name outside the list."""
    raise ValueError(
        f"the pickle names {text[:200]!r}, which is neither a tensor nor a plain container; "
        "nothing of it was run, and nothing read. Save the state_dict alone"
    )
