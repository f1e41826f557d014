"""Plans on disk: what is written is read back the same, byte for byte, and what is wrong is named with its place."""

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.errors import Fault, InputError
from taskmentor.formats import plans
from taskmentor.formats.csv_text import Limits
from taskmentor.formats.plans import FILES, check_target, claims_data, read_plan, write_plan
from taskmentor.formats.reading import read_organisation
from taskmentor.matching.certificate import verify
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.plan import Certificate, Claims, Plan
from taskmentor.matching.reasons import Reason, Reasons
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from taskmentor.sample import folder as sample_folder

DAY = date(2026, 10, 1)
KEYS = [
    "strategy", "parameters", "seed", "on", "objective", "status", "value", "bound", "gap", "score", "requests",
    "matched", "unmatched", "policy", "input_digest", "versions",
]  # fmt: skip


@pytest.fixture(scope="module")
def sample_round() -> Round:
    return match(read_organisation(sample_folder()), task_based(), on=DAY)


@pytest.fixture
def written(sample_round: Round, tmp_path: Path) -> Path:
    write_plan(sample_round, tmp_path / "plan")
    return tmp_path / "plan"


def faults(call: Callable[[], object]) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.n_faults == len(caught.value.faults)
    return list(caught.value.faults)


def codes(call: Callable[[], object]) -> list[tuple[str, str]]:
    return [(fault.code, fault.table) for fault in faults(call)]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def assert_same(one: tuple[Plan, Certificate], other: tuple[Plan, Certificate]) -> None:
    assert one[0].claims == other[0].claims
    assert one[0].scorers == other[0].scorers
    assert one[0].unmatched.detail == other[0].unmatched.detail
    pairs = [
        *((getattr(one[0], name), getattr(other[0], name))
          for name in ("mentee_id", "skill_id", "target_level", "mentor_id", "score", "parts")),
        *((getattr(one[0].unmatched, name), getattr(other[0].unmatched, name))
          for name in ("mentee_id", "skill_id", "reason")),
        *((getattr(one[1], name), getattr(other[1], name)) for name in ("side", "id", "skill_id", "price")),
    ]  # fmt: skip
    for first, second in pairs:
        assert first.shape == second.shape
        assert first.tolist() == second.tolist()


# --- writing and reading back


def test_the_plan_of_the_sample_comes_back_and_still_holds(sample_round: Round, written: Path) -> None:
    """Otherwise `verify` on the command line would check something else than what `match` found."""
    assert sorted(bytes_of(written)) == sorted(FILES)
    read = read_plan(written)
    assert_same(read, (sample_round.plan, sample_round.certificate))
    assert verify(sample_round.organisation, sample_round.programme, *read).status == "optimal"


def test_the_claims_have_exactly_the_settled_keys_in_their_order(sample_round: Round, written: Path) -> None:
    document = json.loads((written / "solution.json").read_text(encoding="utf-8"))
    assert list(document) == KEYS
    assert document == claims_data(sample_round.plan.claims)
    assert document["on"] == "2026-10-01"


def test_the_files_have_the_settled_columns(written: Path) -> None:
    headers = {name: (written / name).read_text(encoding="utf-8").split("\n", 1)[0] for name in FILES[:3]}
    assert headers == {
        "plan.csv": "mentee_id,skill_id,target_level,mentor_id,score,"
        "level-fit,importance,other-department,time-zone,seniority",
        "unmatched.csv": "mentee_id,skill_id,reason,detail",
        "certificate.csv": "side,id,skill_id,price",
    }


def test_equal_plans_are_the_same_bytes(written: Path, tmp_path: Path) -> None:
    """Otherwise nobody could compare two plans with a tool of their own."""
    write_plan(read_plan(written), tmp_path / "again")
    assert bytes_of(tmp_path / "again") == bytes_of(written)


IDS = st.text(st.sampled_from("ab0-@=+'\t,\"\n é中."), min_size=1, max_size=5)
WIDE = st.integers(-(2**63), 2**63 - 1)
PRICES = st.integers(-(2**62), 2**62)
HUGE = st.integers(-(2**70), 2**70)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text("a'\"\n,=é ", max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=4,
)
OBJECTS = st.dictionaries(st.text("ab", min_size=1, max_size=2), DATA, max_size=2)


@st.composite
def plans_on_paper(draw: st.DrawFn) -> tuple[Plan, Certificate]:
    scorers = draw(st.lists(st.text("-=@'a ,é", min_size=1, max_size=3).filter(str.strip), unique=True, max_size=3))
    n, m, k = (draw(st.integers(0, 3)) for _ in range(3))

    def texts(count: int, values: st.SearchStrategy[str]) -> list[str]:
        return draw(st.lists(values, min_size=count, max_size=count))

    def wide(count: int) -> list[int]:
        return draw(st.lists(WIDE, min_size=count, max_size=count))

    claims = Claims(
        strategy=draw(st.text("ab c", max_size=5)) + "x",
        parameters=draw(OBJECTS),
        seed=draw(st.integers(0, 2**32 - 1)),
        on=draw(st.dates(date(1900, 1, 1), date(2200, 12, 31))),
        objective=draw(st.sampled_from(["requests-then-score", "score"])),
        status=draw(st.sampled_from(["optimal", "feasible", "infeasible", "time-limit"])),
        value=draw(HUGE),
        bound=draw(HUGE),
        gap=draw(HUGE),
        proof=draw(st.sampled_from(["prices", "solver"])),
        priced=draw(HUGE),
        unit=draw(st.integers(1, 2**20)),
        score=draw(HUGE),
        requests=draw(st.integers(0, 2**70)),
        matched=n,
        unmatched=m,
        policy=draw(OBJECTS),
        input_digest="0" * 64,
        versions={"python": "3"},
    )
    plan = Plan(
        mentee_id=np.array(texts(n, IDS), np.str_),
        skill_id=np.array(texts(n, IDS), np.str_),
        target_level=np.array(draw(st.lists(st.integers(0, 100), min_size=n, max_size=n)), np.int64),
        mentor_id=np.array(texts(n, IDS), np.str_),
        score=np.array(wide(n), np.int64),
        parts=np.array(wide(n * len(scorers)), np.int64).reshape(n, len(scorers)),
        scorers=tuple(scorers),
        unmatched=Reasons(
            mentee_id=np.array(texts(m, IDS), np.str_),
            skill_id=np.array(texts(m, IDS), np.str_),
            reason=np.array(texts(m, st.sampled_from([reason.value for reason in Reason])), np.str_),
            place=np.array(draw(st.lists(st.integers(0, 2), min_size=m, max_size=m)), np.int64),
            details=tuple(draw(st.lists(OBJECTS, min_size=3, max_size=3))),
        ),
        claims=claims,
    )
    certificate = Certificate(
        side=np.array(texts(k, st.sampled_from(["request", "mentee", "mentor"])), np.str_),
        id=np.array(texts(k, IDS), np.str_),
        skill_id=np.array(texts(k, st.just("") | IDS), np.str_),
        price=np.array(draw(st.lists(PRICES, min_size=k, max_size=k)), np.int64),
    )
    return plan, certificate


@given(plans_on_paper())
def test_any_plan_comes_back_as_it_was(on_paper: tuple[Plan, Certificate]) -> None:
    """Otherwise an odd id, a formula, or a price of 2**62 would be altered on its way through the files."""
    with TemporaryDirectory() as name:
        write_plan(on_paper, Path(name) / "plan")
        assert_same(read_plan(Path(name) / "plan", id_pattern="(?s).+"), on_paper)


def test_a_text_that_looks_like_a_formula_is_guarded(sample_round: Round, tmp_path: Path) -> None:
    plan = sample_round.plan
    odd = evolve(plan, mentee_id=np.array(["@SUM", *plan.mentee_id[1:].tolist()], np.str_))
    write_plan((odd, sample_round.certificate), tmp_path / "plan")
    assert "\n'@SUM," in (tmp_path / "plan" / "plan.csv").read_text(encoding="utf-8")
    assert read_plan(tmp_path / "plan")[0].mentee_id[0] == "@SUM"
    write_plan((odd, sample_round.certificate), tmp_path / "plain", formula_guard=False)
    assert "\n@SUM," in (tmp_path / "plain" / "plan.csv").read_text(encoding="utf-8")


# --- where a plan may be written


def test_a_plan_is_not_replaced_unless_told(sample_round: Round, written: Path) -> None:
    before = bytes_of(written)
    found = faults(lambda: write_plan(sample_round, written))
    assert [(fault.code, fault.table) for fault in found] == [("FILE-EXISTS", name) for name in FILES]
    assert all("--overwrite" in fault.remedy and "overwrite=True in Python" in fault.remedy for fault in found)
    assert bytes_of(written) == before
    greedy = match(sample_round.organisation, sample_round.programme, on=DAY, strategy=Greedy())
    write_plan(greedy, written, overwrite=True)
    assert read_plan(written)[0].claims.strategy == "greedy"


def test_other_files_of_the_folder_stay(sample_round: Round, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_plan(sample_round, str(tmp_path))
    assert sorted(bytes_of(tmp_path)) == sorted([*FILES, "notes.txt"])


def test_symbolic_links_are_not_followed(sample_round: Round, tmp_path: Path) -> None:
    """Otherwise whoever may write into a folder could make a plan overwrite a file elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("kept")
    (tmp_path / "link").symlink_to(elsewhere)
    assert codes(lambda: write_plan(sample_round, tmp_path / "link")) == [("UNSAFE-PATH", "link")]
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "plan.csv").symlink_to(elsewhere / "precious")
    (inside / "solution.json").symlink_to(elsewhere / "not there")
    unsafe = [("UNSAFE-PATH", "plan.csv"), ("UNSAFE-PATH", "solution.json")]
    assert codes(lambda: write_plan(sample_round, inside, overwrite=True)) == unsafe
    assert bytes_of(elsewhere) == {"precious": b"kept"}


def test_a_folder_in_the_place_of_a_file_is_never_replaced(sample_round: Round, tmp_path: Path) -> None:
    (tmp_path / "plan.csv").mkdir()
    assert codes(lambda: write_plan(sample_round, tmp_path, overwrite=True)) == [("FILE-EXISTS", "plan.csv")]


def test_a_file_is_no_folder(sample_round: Round, tmp_path: Path) -> None:
    file = tmp_path / "file\n"
    file.write_text("")
    (fault,) = faults(lambda: write_plan(sample_round, file))
    assert (fault.code, fault.table, fault.problem) == (
        "NOT-A-FOLDER", "'file\\n'", "it is a file, and a folder is wanted",
    )  # fmt: skip
    assert codes(lambda: read_plan(file)) == [("NOT-A-FOLDER", "'file\\n'")]
    assert codes(lambda: read_plan(tmp_path / "nowhere")) == [("NOT-A-FOLDER", "nowhere")]


def test_a_free_folder_may_be_written_to(tmp_path: Path) -> None:
    check_target(tmp_path)
    check_target(tmp_path / "new" / "er")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_failure_while_writing_leaves_nothing_behind(
    sample_round: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    """Otherwise half a plan could be taken for a whole one."""
    target = tmp_path / "plan"
    if is_there:
        target.mkdir()
        (target / "notes.txt").write_text("mine")

    def full(_: object) -> str:
        raise OSError("the disk is full")

    monkeypatch.setattr(plans, "write_json", full)
    with pytest.raises(OSError, match="full"):
        write_plan(sample_round, target)
    assert target.exists() == is_there
    assert not is_there or sorted(bytes_of(target)) == ["notes.txt"]


@pytest.mark.parametrize("fails_at", range(4))
def test_a_failure_while_files_are_put_in_place_leaves_no_plan(
    sample_round: Round, written: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    replace, n_moved = os.replace, 0

    def failing(source: Path, target: Path) -> None:
        nonlocal n_moved
        if n_moved == fails_at:
            raise KeyboardInterrupt
        n_moved += 1
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(KeyboardInterrupt):
        write_plan(sample_round, written, overwrite=True)
    assert bytes_of(written) == {}


@pytest.mark.parametrize("name", ["", " ", "score", "two\nlines", "x" * 65])
def test_a_scorer_that_cannot_head_a_column_is_refused(sample_round: Round, tmp_path: Path, name: str) -> None:
    plan = evolve(sample_round.plan, scorers=(name, *sample_round.plan.scorers[1:]))
    assert codes(lambda: write_plan((plan, sample_round.certificate), tmp_path / "p")) == [("BAD-COLUMN", "plan.csv")]
    assert not (tmp_path / "p").exists()


# --- what is wrong with a plan


class Bad(NamedTuple):
    """One way to spoil one file, and the one fault that must be reported."""

    file: str
    old: str
    new: str
    code: str
    line: int | None
    column: str | None


BAD = [
    Bad("plan.csv", "mentor_id", "mentor", "MISSING-COLUMN", 1, "mentor_id"),
    Bad("plan.csv", "importance", "level-fit", "DUPLICATE-COLUMN", 1, "level-fit"),
    Bad("plan.csv", ",825,", ",825.0,", "NOT-WHOLE", 2, "score"),
    Bad("plan.csv", ",825,", ",9223372036854775808,", "OUT-OF-RANGE", 2, "score"),
    Bad("plan.csv", ",825,", f",{'9' * 30},", "OUT-OF-RANGE", 2, "score"),
    Bad("plan.csv", ",825,", ",٣,", "NOT-A-NUMBER", 2, "score"),
    Bad("plan.csv", ",825,", ",,", "MISSING-VALUE", 2, "score"),
    Bad("plan.csv", ",825,225", ",825,+225", "NOT-A-NUMBER", 2, "level-fit"),
    Bad("plan.csv", "p-0003,", "p 0003,", "BAD-ID", 2, "mentee_id"),
    Bad("plan.csv", "p-0003,", ",", "EMPTY-ID", 2, "mentee_id"),
    Bad("plan.csv", ",4,p-0007", ",-4,p-0007", "OUT-OF-RANGE", 2, "target_level"),
    Bad("plan.csv", "p-0003,", "p-0003,p-0003,", "RAGGED-ROW", 2, None),
    Bad("plan.csv", "p-0003,", '"p-0003,', "UNCLOSED-QUOTE", 2, None),
    Bad("unmatched.csv", "reason", "reason,more", "UNKNOWN-COLUMN", 1, "more"),
    Bad("unmatched.csv", "all-full", "all-ful", "BAD-CHOICE", 2, "reason"),
    Bad("unmatched.csv", '"{""mentors"":2', '"{""mentors"":NaN', "NOT-FINITE", 2, "detail"),
    Bad("unmatched.csv", '"{""mentors"":2', '"{""mentors"":2.5', "NOT-WHOLE", 2, "detail"),
    Bad("unmatched.csv", '"{""mentors"":2', '"{""mentors"":2,""mentors"":2', "DUPLICATE-KEY", 2, "detail"),
    Bad("unmatched.csv", '"{""mentors"":2', '"[{""mentors"":2', "BAD-JSON", 2, "detail"),
    Bad("certificate.csv", "mentee,", "mentees,", "BAD-CHOICE", 2, "side"),
    Bad("certificate.csv", ",20\n", ",2e1\n", "NOT-A-NUMBER", 2, "price"),
    Bad("certificate.csv", ",20\n", f",{2**62 + 1}\n", "OUT-OF-RANGE", 2, "price"),
    Bad("certificate.csv", ",20\n", f",-{2**63 - 1}\n", "OUT-OF-RANGE", 2, "price"),
    Bad("plan.csv", "importance", " ", "UNKNOWN-COLUMN", 1, None),
    Bad("solution.json", '"seed": 0', '"seed": -1', "OUT-OF-RANGE", None, "seed"),
    Bad("solution.json", '"seed": 0', f'"seed": {2**32}', "OUT-OF-RANGE", None, "seed"),
    Bad("certificate.csv", "side,id", "id,side", "BAD-CHOICE", None, None),
    Bad("solution.json", '"seed": 0', '"seed": true', "WRONG-TYPE", None, "seed"),
    Bad("solution.json", '"seed": 0', '"seed": 0.0', "WRONG-TYPE", None, "seed"),
    Bad("solution.json", '"seed": 0', '"seed": "0"', "WRONG-TYPE", None, "seed"),
    Bad("solution.json", '"seed": 0', '"sed": 0', "UNKNOWN-FIELD", None, "sed"),
    Bad("solution.json", '"seed": 0', '"seed": 0, "seed": 0', "DUPLICATE-KEY", 8, "seed"),
    Bad("solution.json", '"2026-10-01"', '"01/10/2026"', "BAD-DATE", None, "on"),
    Bad("solution.json", '"2026-10-01"', "20261001", "WRONG-TYPE", None, "on"),
    Bad("solution.json", '"on"', '"__proto__"', "UNKNOWN-FIELD", None, "__proto__"),
    Bad("solution.json", '"optimal"', '"perfect"', "BAD-CHOICE", None, "status"),
    Bad("solution.json", '"matched": 48', '"matched": -1', "OUT-OF-RANGE", None, "matched"),
    Bad("solution.json", '"matched": 48', '"matched": null', "WRONG-TYPE", None, "matched"),
    Bad("solution.json", '"most_pairs": null', '"most_pairs": 0.5', "NOT-WHOLE", None, "parameters"),
    Bad("solution.json", '"weight": 3', '"weight": 3.5', "NOT-WHOLE", None, "policy"),
    Bad("solution.json", '"taskmentor": "', '"taskmentor": 1, "x": "', "WRONG-TYPE", None, "versions"),
    Bad("solution.json", '"strategy": "flow"', '"strategy": 7', "WRONG-TYPE", None, "strategy"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.file} {bad.new[:20]} {bad.code}")
def test_one_fault_is_named_with_its_place(written: Path, bad: Bad) -> None:
    file = written / bad.file
    text = file.read_text(encoding="utf-8")
    assert bad.old in text
    file.write_text(text.replace(bad.old, bad.new, 1), encoding="utf-8")
    found = faults(lambda: read_plan(written))
    assert any(bad.code == fault.code and bad.file == fault.table for fault in found), list(map(str, found))
    first = next(fault for fault in found if fault.code == bad.code)
    assert bad.line is None or first.line == bad.line
    assert bad.column is None or first.column == bad.column
    assert (" field " in str(first)) == (bad.file == "solution.json")
    assert "column column" not in str(first)
    assert all(fault.remedy for fault in found)


def test_a_detail_must_be_an_object(written: Path) -> None:
    file = written / "unmatched.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], 'a,b,barred,"[1, 2]"', "a,c,barred,3"]), encoding="utf-8")
    assert [(fault.code, fault.line) for fault in faults(lambda: read_plan(written))] == [
        ("WRONG-TYPE", 2),
        ("WRONG-TYPE", 3),
    ]


@pytest.mark.parametrize("text", ["[]", "3", '"text"'])
def test_claims_must_be_an_object(written: Path, text: str) -> None:
    (written / "solution.json").write_text(text, encoding="utf-8")
    assert codes(lambda: read_plan(written)) == [("WRONG-SHAPE", "solution.json")]


def test_a_policy_must_be_an_object(written: Path) -> None:
    document = json.loads((written / "solution.json").read_text(encoding="utf-8"))
    text = json.dumps(document | {"policy": [1], "parameters": "none", "versions": ["3"]})
    (written / "solution.json").write_text(text, encoding="utf-8")
    assert [fault.column for fault in faults(lambda: read_plan(written))] == ["parameters", "policy", "versions"]


def test_each_missing_file_is_named(written: Path) -> None:
    for name in FILES:
        (written / name).unlink()
    assert sorted(codes(lambda: read_plan(written))) == sorted(("MISSING-FILE", name) for name in FILES)


def test_faults_of_all_files_are_reported_at_once(written: Path) -> None:
    """Otherwise somebody would mend a plan file by file, and read it again each time."""
    spoil = {"plan.csv": (",825,", ",x,"), "unmatched.csv": ("all-full", "x"), "certificate.csv": (",20\n", ",x\n")}
    for name, (old, new) in spoil.items():
        file = written / name
        file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    (written / "solution.json").write_text("{}", encoding="utf-8")
    found = codes(lambda: read_plan(written))
    assert {table for _, table in found} == set(FILES)
    assert found.count(("MISSING-FIELD", "solution.json")) == len(KEYS)


def test_more_rows_than_the_limits_allow_are_refused(written: Path) -> None:
    limits = Limits(rows=10)
    found = codes(lambda: read_plan(written, limits=limits))
    assert ("TOO-MANY-ROWS", "plan.csv") in found


def test_an_empty_plan_comes_back(sample_round: Round, tmp_path: Path) -> None:
    nobody = sample_round.organisation.people
    without = evolve(sample_round.organisation, people=nobody.with_capacity(np.zeros(len(nobody), np.int32)),
                     pins=type(sample_round.organisation.pins).empty())  # fmt: skip
    empty = match(without, sample_round.programme, on=DAY)
    write_plan(empty, tmp_path / "plan")
    assert_same(read_plan(tmp_path / "plan"), (empty.plan, empty.certificate))
