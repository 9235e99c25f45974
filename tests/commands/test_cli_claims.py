"""tuisim claims: its table, its JSON, and what it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import failure
from tuisim import cli
from tuisim.claims import checking
from tuisim.claims.table import CLAIMS


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(checking.places, "cache", lambda: tmp_path)
    return tmp_path


def test_the_table_has_a_verdict_and_the_numbers(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["claims", "slowly", "radius-contracts"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "slowly: holds"
    assert any("4.1·10⁻⁵" in line and "500 steps" in line for line in lines)
    assert "radius-contracts: holds only if W is normal" in lines
    assert max(map(len, lines)) <= 100


def test_the_list_as_json(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["claims", "slowly", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert list(found)[:4] == ["name", "claim", "where", "experiment"]
    assert (found["name"], found["verdict"]) == ("slowly", "holds")
    assert found["experiment"]["radius"] == 0.98
    assert len(found["measured"][0]["values"]) == 5


def test_an_unknown_claim_is_named_beside_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = failure(capsys, ["claims", "powres"])
    assert code == 2
    assert said == f"claim: got 'powres', allowed: {', '.join(CLAIMS)}"


def test_what_was_measured_is_kept(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["claims", "slowly", "--json"]) == 0
    first = capsys.readouterr().out
    monkeypatch.setattr(checking, "_checked", None)
    assert cli.main(["claims", "slowly", "--json"]) == 0
    assert capsys.readouterr().out == first


def test_what_another_program_kept_is_measured_again(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = CLAIMS["slowly"]
    found = checking.check([claim])
    (place,) = (kept / "claims").iterdir()
    place.write_text(place.read_text().replace("holds", "does not hold"))
    assert checking.check([claim]) != found
    monkeypatch.setattr(checking, "_digest", lambda: "another")
    assert checking.check([claim]) == found


@pytest.mark.parametrize("content", ["", "[]", '{"slowly": 3}', '{"slowly": {"measured": [1]}}'])
def test_a_damaged_file_costs_a_check(kept: Path, content: str) -> None:
    found = checking.check([CLAIMS["slowly"]])
    (place,) = (kept / "claims").iterdir()
    place.write_text(content)
    assert checking.check([CLAIMS["slowly"]]) == found


def test_where_nothing_can_be_kept_the_claims_are_checked_all_the_same(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking.places, "cache", lambda: None)
    assert checking.check([CLAIMS["slowly"]])["slowly"].verdict == "holds"
    monkeypatch.setattr(checking.places, "cache", lambda: Path("/dev/null"))
    assert checking.check([CLAIMS["slowly"]])["slowly"].verdict == "holds"
