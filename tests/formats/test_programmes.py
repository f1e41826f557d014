"""Programmes as TOML files: what is read back, and every fault at once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.authorisation import ITEM_OWNERS, Approver
from taskmentor.errors import Fault, InputError
from taskmentor.formats.programmes import programme_text, read_programme, write_programme
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.terms import Shortfall, Terms, WaitOrder
from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import MenteesWhere, WithinSkills
from taskmentor.models.people import PersonId
from taskmentor.proficiency import Discounted, Latest
from taskmentor.programmes import PRESETS, STARTED_BY, ChecklistItem, MatchingMode, Medium, Programme, Purpose


def faults_of(tmp_path: Path, text: str) -> Sequence[Fault]:
    (tmp_path / "ours.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_programme(tmp_path / "ours.toml")
    assert all(fault.table == "ours.toml" for fault in caught.value.faults)
    return caught.value.faults


@pytest.mark.requirement("D20")
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_read_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    """Would be broken: any part of a programme that a file does not hold."""
    programme, file = PRESETS[name](), tmp_path / f"{name}.toml"
    write_programme(programme, file)
    again = read_programme(str(file))
    assert again == programme
    assert programme_text(again) == file.read_text(encoding="utf-8")


def words() -> st.SearchStrategy[str]:
    return st.text(min_size=1, max_size=30).filter(lambda text: text.strip() != "")


def items() -> st.SearchStrategy[ChecklistItem]:
    owners = st.sampled_from(sorted(ITEM_OWNERS))
    return st.builds(ChecklistItem, text=words(), owner=owners, due_days=st.integers(0, 7))


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    mode = draw(st.sampled_from(MatchingMode))
    texts = st.lists(words(), max_size=3, unique=True).map(tuple)
    return Programme(
        id=ProgrammeId(draw(words())),
        title=draw(words()),
        purpose=draw(st.sampled_from(Purpose)),
        goals=draw(texts),
        labels=draw(texts),
        mode=mode,
        medium=draw(st.sampled_from([Medium.EITHER, Medium.IN_PERSON, Medium.VIRTUAL])),
        initiator=draw(st.sampled_from(sorted(STARTED_BY[mode]))),
        policy=Policy(
            rules=(
                MenteesWhere(column=draw(words()), values=draw(st.lists(words(), min_size=1, unique=True).map(tuple))),
                WithinSkills(skills=draw(st.lists(words(), min_size=1, unique=True).map(tuple))),
            ),
            objective=draw(st.sampled_from(["requests-then-score", "score"])),
            places_per_mentor=draw(st.none() | st.integers(1, 9)),
            proficiency=draw(st.just(Latest()) | st.just(Discounted(policy=Latest(), days_per_level=3))),
        ),
        terms=Terms(
            weeks=draw(st.integers(1, 52)),
            approvals=draw(st.permutations([*Approver]).map(tuple)),
            intro_meeting=draw(st.booleans()),
            shortfall=draw(st.sampled_from(Shortfall)),
            wait_order=draw(st.none() | st.sampled_from(WaitOrder)),
            confirmation_delegate=PersonId(draw(words())),
            delegate_until=draw(st.none() | st.dates()),
            check_in_days=draw(st.sampled_from([(), (3,), (1, 7)])),
            checklist=draw(st.lists(items(), max_size=3, unique_by=lambda item: item.text).map(tuple)),
            second_goal=draw(st.booleans()),
        ),
        weak_below=draw(st.none() | st.integers(0, 9_999)),
    )


@given(programme=programmes())
def test_any_programme_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, programme: Programme
) -> None:
    """Would be broken: words with quotes, line ends and letters of any kind; days, yes and no; what is None."""
    file = tmp_path_factory.mktemp("programmes") / "ours.toml"
    write_programme(programme, file)
    again = read_programme(file)
    assert again == programme
    assert again.policy.describe() == programme.policy.describe()


def test_a_file_may_say_only_what_is_different(tmp_path: Path) -> None:
    """D20: a name and a purpose are enough."""
    (tmp_path / "ours.toml").write_text('id = "ours"\ntitle = "Ours"\npurpose = "customer service"\n', encoding="utf-8")
    usual = Programme(id=ProgrammeId("ours"), title="Ours", purpose=Purpose.SERVICE)
    assert read_programme(tmp_path / "ours.toml") == usual


def test_every_fault_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    """Would be broken: one message at a time, or a fault whose place nobody finds."""
    text = """
        id = 3
        heading = "Ours"
        purpose = "onbording"
        labels = ["good", 3]
        mode = 1
        [terms]
        weeks = 0
        intro_meeting = 1
        second_goal = "yes"
        approvals = ["mentor", "manager"]
        delegate_until = "2026-10-01"
        session = 20
        [policy.rules]
        senior = { by = "age" }
        [[terms.checklist]]
        text = ""
        owner = "mentor"
        due_days = 3
        [[terms.checklist]]
        text = "Greet"
        due_day = 3
    """
    faults = {(fault.code, fault.column) for fault in faults_of(tmp_path, text)}
    assert faults == {
        ("WRONG-TYPE", "id"),
        ("UNKNOWN-KEY", "heading"),
        ("MISSING-VALUE", "title"),
        ("BAD-CHOICE", "purpose"),
        ("WRONG-TYPE", "labels"),
        ("WRONG-TYPE", "terms.second_goal"),
        ("BAD-CHOICE", "mode"),
        ("WRONG-TYPE", "terms.intro_meeting"),
        ("BAD-CHOICE", "terms.approvals"),
        ("WRONG-TYPE", "terms.delegate_until"),
        ("UNKNOWN-KEY", "terms.session"),
        ("BAD-CHOICE", "policy.rules.senior.by"),
        ("MISSING-VALUE", "terms.checklist[0].text"),
        ("UNKNOWN-KEY", "terms.checklist[1].due_day"),
        ("MISSING-VALUE", "terms.checklist[1].owner"),
        ("MISSING-VALUE", "terms.checklist[1].due_days"),
    }
    near = next(fault for fault in faults_of(tmp_path, text) if fault.column == "purpose")
    assert "did you mean 'onboarding'?" in str(near)
    assert "customer service" in str(near)


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ('mode = "directory"', "CONFLICTING-PROGRAMME", "mode"),
        ("weak_below = -1", "OUT-OF-RANGE", "weak_below"),
        ('labels = [" "]', "MISSING-VALUE", "labels"),
        ("terms = 3", "WRONG-TYPE", "terms"),
        ("labels = 3", "WRONG-TYPE", "labels"),
        ("[terms]\nchecklist = [3]", "WRONG-TYPE", "terms.checklist[0]"),
        ("[terms]\nweeks = 0", "OUT-OF-RANGE", "terms.weeks"),
        ("[terms]\nleast_face_to_face = 2", "CONFLICTING-TERMS", "terms.least_face_to_face"),
        ("[terms]\nweeks = 600\nsessions = 3", "UNKNOWN-KEY", "terms.sessions"),
        ("[policy]\nrules = 3", "WRONG-TYPE", "policy.rules"),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_place(tmp_path: Path, text: str, code: str, column: str) -> None:
    """Would be broken: faults that classes find when they are made, which have no file by themselves."""
    usual = 'id = "ours"\ntitle = "Ours"\npurpose = "onboarding"\n'
    assert (code, column) in [(fault.code, fault.column) for fault in faults_of(tmp_path, usual + text)]


def test_what_is_sound_is_held_against_itself_beside_names_that_are_not_known(tmp_path: Path) -> None:
    """Would be broken: a fault that is told only once another one is mended."""
    text = 'id = "ours"\ntitle = "Ours"\npurpose = "onboarding"\n[terms]\nweeks = 600\nsessions = 3'
    assert [(fault.code, fault.column) for fault in faults_of(tmp_path, text)] == [
        ("UNKNOWN-KEY", "terms.sessions"),
        ("OUT-OF-RANGE", "terms.weeks"),
    ]


def test_a_file_that_is_there_already_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    """Would be broken: somebody's own file."""
    file = tmp_path / "ours.toml"
    write_programme(PRESETS["reverse"](), file)
    with pytest.raises(InputError, match=r"FILE-EXISTS ours\.toml"):
        write_programme(PRESETS["virtual"](), file)
    write_programme(evolve(PRESETS["virtual"](), goals=("Fewer journeys",)), file, overwrite=True)
    assert read_programme(file).goals == ("Fewer journeys",)
