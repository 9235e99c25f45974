"""The grammar of tapes: what each command says, and what is refused where."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuisim.demos.grammar.parser import parse
from tuisim.demos.grammar.tape import (
    Caption,
    Command,
    Expect,
    Hide,
    Note,
    Press,
    Screenshot,
    Show,
    Sleep,
    Start,
    Step,
    Tape,
    Type,
    TypingSpeed,
    Wait,
)
from tuisim.demos.grammar.tokens import TapeError
from tuisim.demos.grammar.writer import written

SAID: list[tuple[str, Command]] = [
    ('Type "right here"', Type("right here")),
    ("Type 'a \"b\"'", Type('a "b"')),
    ("Type `it's`", Type("it's")),
    ("Type@500ms `a`", Type("a", 0.5)),
    ("Type one two", Type("one two")),
    ("Right", Press("right")),
    ("Right 5", Press("right", 5)),
    ("PageUp@2s 3", Press("pageup", 3, 2.0)),
    ("Space", Press("space")),
    ("Ctrl+p", Press("ctrl+p")),
    ("Ctrl+P", Press("ctrl+p")),
    ("Ctrl+]", Press("ctrl+right_square_bracket")),
    ("Ctrl+Shift+Right", Press("ctrl+shift+right")),
    ("Shift+Tab", Press("shift+tab")),
    ("Shift+a", Press("A")),
    ("Alt+x", Press("alt+x")),
    ("Sleep 2", Sleep(2.0)),
    ("Sleep .5s", Sleep(0.5)),
    ("Sleep 1m", Sleep(60.0)),
    ("Wait", Wait()),
    ("Wait+Screen /van.*ing/", Wait("van.*ing")),
    ("Wait+Line@5s /x/", Wait("x", False, 5.0)),
    ("Screenshot pictures/first.png", Screenshot("pictures/first.png")),
    ("Hide", Hide()),
    ("Show", Show()),
    ("Set TypingSpeed 50ms", TypingSpeed(0.05)),
    ("# step the radius", Step("the radius")),
    ("#caption {gradient_rate} a step", Caption("{gradient_rate} a step")),
    ("# caption", Caption("")),
    ("# note say why", Note("say why")),
    ("# expect regime not a number", Expect("regime", "not a number")),
    ("# expect radius 0.95 within 1e-3", Expect("radius", "0.95", 1e-3)),
    ("# expect horizon none", Expect("horizon", "none")),
]


@pytest.mark.parametrize(("text", "command"), SAID, ids=[text for text, _ in SAID])
def test_a_command_says(text: str, command: Command) -> None:
    assert parse(f"\n  {text}\r\n").commands == (command,)
    assert parse(f"\n  {text}\n").commands[0].line == 2


def test_commands_may_share_a_line_with_each_other_and_a_comment() -> None:
    said = parse('Type "a" Enter Right@1s 2 Sleep 1s # expect radius 0.9')
    commands = (Type("a"), Press("enter"), Press("right", 2, 1.0), Sleep(1.0))
    assert said.commands == (*commands, Expect("radius", "0.9"))


def test_a_comment_that_is_none_of_ours_says_nothing() -> None:
    assert parse("# stepwise\n#\n## note\n# captions: none\n") == Tape()


HEAD = """
Output demo.gif
Set FontSize 20
Set Theme { "name": "x" }
Set PlaybackSpeed 2
# size 100x30
# step opening
Hide
Set TypingSpeed 10ms
Type "tuisim --preset lstm --eigenvalues '0.5, 0.6'"
Enter
Sleep 2s
Wait+Screen /lstm/
Show
Right
"""


def test_the_beginning() -> None:
    tape = parse(HEAD)
    assert tape.start == Start(("--preset", "lstm", "--eigenvalues", "0.5, 0.6"))
    assert tape.start.line == 10
    assert (tape.size, tape.playback_speed) == ((100, 30), 2.0)
    assert tape.commands == (Step("opening"), TypingSpeed(0.01), Press("right"))
    assert [note.partition(" has")[0] for note in tape.notes] == [
        "Output is VHS's and",
        "Set FontSize is VHS's and",
        "Set Theme is VHS's and",
    ]


@pytest.mark.parametrize(
    ("text", "start", "commands"),
    [
        ('Type "tuisim" Enter Right', Start(()), (Press("right"),)),
        ('Type "tuisim" Enter Hide Right Show', Start(()), (Hide(), Press("right"), Show())),
        ('Hide Type "p" Show', None, (Hide(), Type("p"), Show())),
        ('Type "tuisimilar"', None, (Type("tuisimilar"),)),
        ('Right Type "tuisim" Enter', None, (Press("right"), Type("tuisim"), Press("enter"))),
    ],
)
def test_what_opens_the_app(text: str, start: Start | None, commands: tuple[Command, ...]) -> None:
    assert (parse(text).start, parse(text).commands) == (start, commands)


@pytest.mark.parametrize("text", ["Home", "Shift+Right", "Alt+Left", "Alt+5", "Alt+Shift+a"])
def test_what_vhs_does_not_know_is_noted(text: str) -> None:
    assert parse("Right Ctrl+Alt+Left Ctrl+o Alt+Tab Shift+b").notes == ()
    (note,) = parse(text).notes
    assert "VHS" in note


def test_a_word_of_ours_that_is_misspelt_is_noted() -> None:
    text = "Right\n# expetc regime exploding\n# captoin A net\n# A comment for people.\n#\n"
    assert parse(text).notes == (
        "line 2: # expetc regime exploding has no effect; is # expect meant?",
        "line 3: # captoin A net has no effect; is # caption meant?",
    )


REFUSED = [
    ("Slep 1s", 1, "command: got 'Slep', allowed: Type, Sleep, Wait"),
    ("  Require git", 3, "Require: a tape here cannot do that, allowed: Type"),
    ("Source a.tape", 1, "Source: "),
    ("Env A `b`", 1, "Env: "),
    ("Copy `a`", 1, "Copy: "),
    ("Paste", 1, "Paste: "),
    ("Set Shell bash", 5, "Set: got 'Shell', allowed: TypingSpeed, PlaybackSpeed, "),
    ("Set FontSize", 13, "Set FontSize: got the end, allowed: a value"),
    ("Set PlaybackSpeed 0", 19, "PlaybackSpeed: got 0, allowed: 0.1…100"),
    ("Type 5", 6, "Type: got '5', allowed: a text in quotes"),
    ("Type Enter", 6, "Type: got 'Enter', allowed: a text in quotes"),
    ('Type ""', 6, "Type: got '', allowed: printable characters"),
    ('Type "a', 6, 'string: got " without its end, allowed: the same again on this line'),
    ("Right 0", 7, "Right: got 0 times, allowed: 1…1000"),
    ("Right 1.5", 7, "Right: got 1.5 times, allowed: 1…1000"),
    ("Right@ 5x", 9, "command: got 'x'"),
    ("Right@fast", 7, "Right@: got 'fast', allowed: a time like 500ms, 2s or 0.5"),
    ("Sleep", 6, "Sleep: got the end, allowed: a time"),
    ("Sleep 1.2.3", 7, "Sleep: got 1.2.3, allowed: a time"),
    ("Sleep 2h", 8, "command: got 'h'"),
    ("Sleep 61m", 7, "Sleep: got 61, allowed: a time like 500ms, 2s or 0.5, at most 3600s"),
    ("Ctrl p", 6, "Ctrl: got 'p', allowed: a character, or a key"),
    ("Ctrl+", 6, "Ctrl: got the end, allowed: a character, or a key"),
    ("Ctrl+ab", 6, "Ctrl: got 'ab', allowed: a character, or a key"),
    ("Ctrl+Ctrl+a", 6, "Ctrl+: got it twice, allowed: once"),
    ("Shift+[", 7, "Shift: got '[', allowed: a character, or a key"),
    ("Wait+Word /a/", 6, "Wait+: got 'Word', allowed: Screen, Line"),
    ("Wait /(/", 6, "Wait: got /(/, no regular expression: "),
    ("Screenshot a.gif", 12, "Screenshot: got 'a.gif', allowed: a path that ends in .png"),
    (
        "Screenshot /etc/x.png",
        12,
        "Screenshot: got '/etc/x.png', allowed: a path that ends in .png, in quotes if it begins "
        "with /",
    ),
    ("Screenshot /a/b/2c.png Right", 12, "Screenshot: got '/a/b/2c.png', allowed: a path that"),
    ("Output /tmp/a.gif", 8, "Output: got '/tmp/a.gif', allowed: a path, in quotes"),
    ("Screenshot a/b.png Screenshot b.png", 31, "screenshot: got 'b' twice, allowed: names"),
    ("é", 1, "character: got 'é', allowed: commands, strings in quotes, # comments"),
    ("# step", 7, "step: got no name, allowed: # step NAME"),
    ("# step a\n# step a", 1, "step: got 'a' twice, allowed: names that differ"),
    ("# caption a {rates}", 13, "caption: got {rates}, allowed in braces: cell, width"),
    (
        "# caption a {gradient_faktor}",
        13,
        "caption: got {gradient_faktor} (did you mean {gradient_factor}?), allowed in braces: cell",
    ),
    ("# note a\tb", 8, "note: got 'a\\tb', allowed: printable text"),
    ("# size 80", 8, "size: got '80', allowed: 40x12…500x160"),
    ("# size 80x200", 8, "size: got '80x200', allowed: 40x12…500x160"),
    ("# expect radius", 10, "expect: got 'radius', allowed: # expect FIELD VALUE [within D]"),
    ("# expect rate 1", 10, "field: got 'rate', allowed: cell, width"),
    (
        "# expect gradient_rat 1",
        10,
        "field: got 'gradient_rat' (did you mean gradient_rate?), allowed: cell, width",
    ),
    ("# expect cell rn", 10, "cell: got 'rn', allowed: rnn, lstm, gru"),
    ("# expect regime good", 10, "regime: got 'good', allowed: vanishing, stable"),
    ("# expect hidden_rate none", 10, "hidden_rate: got 'none', allowed: a number, inf, -inf, nan"),
    ("# expect horizon snan", 10, "horizon: got 'snan', allowed: a number, inf, -inf, nan or none"),
    ("# expect radius 1 within -1", 10, "within: got '-1', allowed: a number that is 0 or more"),
    ("# expect cell rnn within 1", 10, "cell: got within 1, allowed: beside a number"),
    ("Hide Type `tuisim` Right Show", 11, "start: got tuisim without Enter behind it"),
    ("Hide Type `tuisim` Enter Right", 11, "start: got Hide without Show, allowed: Show"),
    ('Type "tuisim \'a" Enter', 6, 'start: got "tuisim \'a", which no shell reads: '),
]


@pytest.mark.parametrize(("text", "column", "said"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_is_refused_is_named_with_its_place(text: str, column: int, said: str) -> None:
    with pytest.raises(TapeError) as error:
        parse(f"Right\n{text}" if "tuisim" not in text else f"\n{text}")
    line = 2 + text.count("\n")
    assert str(error.value).startswith(f"line {line}, column {column}: {said}")
    assert "\n" not in str(error.value)


# Whatever a tape can say comes back from its text.

WORDS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2200, exclude_categories=("C", "Z")), min_size=1
)
TEXTS = st.lists(WORDS, max_size=4).map(" ".join)
TYPED = TEXTS.filter(lambda text: text and any(one not in text for one in "\"'`"))
TIMES = st.integers(0, 3_600_000).map(lambda ms: ms / 1000)
MAYBE = st.none() | TIMES
_KEYS = """
right shift+tab ctrl+p alt+x alt+X A home ctrl+shift+left ctrl+backslash enter alt+ctrl+b
ctrl+minus ctrl+right_square_bracket
"""
KEYS = st.sampled_from(_KEYS.split())
PLAIN = st.sampled_from(["right", "space", "pagedown", "home"])
PATTERNS = st.sampled_from(["a", "van.*", r"\d+ units", "[x y]"])
VALUES = st.sampled_from(
    [("radius", "0.90"), ("gradient_rate", "-1e-3"), ("horizon", "66"), ("hidden_log10", "-12.5")]
)
COMMANDS = st.one_of(
    st.builds(Type, TYPED, MAYBE),
    st.builds(Press, KEYS),
    st.builds(Press, PLAIN, st.integers(1, 1000), MAYBE),
    st.builds(Sleep, TIMES),
    st.builds(Wait, st.just(""), st.just(True), MAYBE),
    st.builds(Wait, PATTERNS, st.booleans(), MAYBE),
    st.builds(TypingSpeed, TIMES),
    st.builds(Caption, TEXTS.filter(lambda text: "{" not in text)),
    st.builds(Note, TEXTS),
    st.builds(lambda pair, d: Expect(*pair, d), VALUES, st.none() | st.floats(0, 1e6)),
    st.sampled_from([Hide(), Show(), Expect("cell", "lstm"), Expect("regime", "not a number")]),
)
SHELL_WORDS = st.lists(WORDS.filter(lambda one: "`" not in one and '"' not in one), max_size=4)


@st.composite
def tapes(draw: st.DrawFn) -> Tape:
    names = draw(st.lists(WORDS, unique=True, max_size=3))
    commands: list[Command] = draw(st.lists(COMMANDS, max_size=12))
    commands += [Step(name) for name in names]
    commands += [Screenshot(f"{n}.png") for n in draw(st.sets(st.integers(0, 9), max_size=3))]
    start = draw(st.none() | SHELL_WORDS.map(lambda words: Start(tuple(words))))
    if start is None and commands and isinstance(commands[0], Type):
        commands = [Press("right"), *commands]
    size = draw(st.none() | st.tuples(st.integers(40, 500), st.integers(12, 160)))
    speed = draw(st.floats(0.1, 100) if draw(st.booleans()) else st.just(1.0))
    return Tape(tuple(commands), start, size, speed)


@given(tapes())
@example(Tape((Hide(), Type("tuisim"), Press("enter"), Show()), Start(())))
def test_a_tape_comes_back_from_its_text(tape: Tape) -> None:
    assert parse(written(tape)) == tape


_PIECES = """Type Right Ctrl + @ 5 2s ms "a" 'b /x/ # { } Hide Show Enter "tuisim -x" Set Wait
PlaybackSpeed TypingSpeed Screenshot a.png Sleep step a expect radius 0.9 within é"""
PIECES = st.sampled_from([*_PIECES.split(), "\n", "\r\n", "\n# "])


@given(st.lists(PIECES | st.text(max_size=3), max_size=30).map(" ".join) | st.text())
def test_no_text_does_anything_but_say_a_tape_or_what_is_wrong(text: str) -> None:
    lines = text.split("\n")
    wrong: TapeError | None = None
    places: list[int] = []
    try:
        places = [one.line for one in parse(text).commands]
    except TapeError as error:
        wrong = error
    if wrong is not None:
        places = [wrong.line]
        assert 1 <= wrong.column <= len(lines[wrong.line - 1]) + 1
        assert "\n" not in str(wrong)
    assert all(1 <= one <= len(lines) for one in places)
