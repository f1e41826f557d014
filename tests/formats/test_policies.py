"""Policies as TOML files: what is read back, and every fault at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import pytest
from attrs import evolve, frozen

from taskmentor import programmes
from taskmentor.errors import Fault, InputError
from taskmentor.formats.policies import AIMS, METHODS, RULES, SCORERS, policy_text, read_policy, write_policy
from taskmentor.formats.toml_values import Kinds
from taskmentor.matching import aims, constraints, rules, scorers
from taskmentor.matching.policy import Policy
from taskmentor.matching.pool import Pool
from taskmentor.matching.rules import NotManager, Qualified, StaysFor
from taskmentor.matching.scorers import Importance, LevelFit, Tenure
from taskmentor.matching.shapes import RuleShape
from taskmentor.proficiency import Discounted, Latest, ManagerFirst

OTHER_PARAMETERS: Mapping[str, Mapping[str, int | str | tuple[str, ...] | tuple[tuple[str | int, ...], ...]]] = {
    "qualified": {"above_target": 2},
    "not-manager": {"line": "whole"},
    "stays-for": {"days": 3},
    "level-fit": {"ideal": -1, "per_level": 7},
    "time-zone": {"per_hour": 7},
    "seniority": {"per_grade": 7},
    "tenure": {"per_year": 7},
    "org-distance": {"prefer": "near", "per_step": 7},
    "senior": {"side": "mentee", "by": "position", "least": 7},
    "within-skills": {"skills": ("sql", 'say "law"', "tab\tand\x7f")},
    "recruits-only": {"days": 7},
    "theory-first": {"days": 7},
    "mentees-where": {"column": "x_talent", "values": ("yes", "2")},
    "mentors-where": {"column": "x_listed", "values": ("ja",)},
    "values-near": {"column": "x_views", "most": 7},
    "no-repeat": {"days": 7, "rounds": 2, "roles": "either"},
    "few-holders": {"per_holder": 7, "days": 7},
    "leaves-soon": {"days": 7},
    "values": {"column": "x_views", "per_step": 7},
    "waiting": {"per_round": 7, "rounds": (("ann", "sql", 2), ("cy", "law", 1))},
    "in-place": {"pairs": (("ann", "sql", "bob"), ("cy", 'say "law"', "bob"))},
    "fewest-changes": {"kept": (("ann", "sql", "bob"), ("cy", 'say "law"', "bob"))},
    "max-min": {"by": "rank"},
    "leximin": {"by": "rank"},
}
"""Other values than the usual ones, for all that have parameters beside a weight."""


def faults_of(tmp_path: Path, text: str) -> Sequence[Fault]:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert all(fault.table == "policy.toml" for fault in caught.value.faults)
    return caught.value.faults


def read(tmp_path: Path, text: str) -> Policy:
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    return read_policy(tmp_path / "policy.toml")


def made(kinds: Kinds, **more: int) -> list[object]:
    """Return one of each kind with parameters of no usual value."""
    return [kind(**{**OTHER_PARAMETERS.get(name, {}), **more}) for name, kind in kinds.items()]


def every_kind_once() -> Policy:
    return Policy(
        rules=made(RULES),  # type: ignore[arg-type]
        scorers=made(SCORERS, weight=-4),  # type: ignore[arg-type]
        objective="score",
        requests_per_person=9,
        places_per_mentor=4,
        wishes="before-score",
        aims=made(AIMS),  # type: ignore[arg-type]
        proficiency=Discounted(policy=Discounted(policy=ManagerFirst(self_cap=2)), days_per_level=11),
    )


def test_every_rule_and_scorer_of_the_library_has_the_name_that_plans_use() -> None:
    """Would be broken: a new rule or scorer that no file can name."""
    in_every_policy = {"Rule", "NotOneself", "NotBlocked"}
    for kinds, module, others in (
        (RULES, rules, in_every_policy),
        (SCORERS, scorers, {"Scorer"}),
        (AIMS, aims, {"Aim"}),
    ):
        assert {kind.__name__ for kind in kinds.values()} == set(module.__all__) - others
        for name, value in zip(kinds, made(kinds), strict=True):
            assert name == value.name  # type: ignore[attr-defined]


def test_every_parameter_has_a_check_of_its_own() -> None:
    """Would be broken: faults that are told one at a time, or not at all."""
    unchecked = [
        (kind.__name__, attribute.name)
        for kinds in (RULES, SCORERS, AIMS, METHODS)
        for kind in kinds.values()
        for attribute in attrs.fields(kind)
        if attribute.validator is None
    ]
    made_sound = [("Waiting", "rounds"), ("InPlace", "pairs"), ("FewestChanges", "kept"), ("Discounted", "policy")]
    assert unchecked == made_sound


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        programmes.task_based(weeks=9).policy,
        Policy(rules=(), scorers=()),
        Policy(proficiency=Latest()),
        every_kind_once(),
        evolve(every_kind_once(), scorers=every_kind_once().scorers[::-1]),
    ],
)
def test_what_is_written_is_read_back(tmp_path: Path, policy: Policy) -> None:
    """Would be broken: any part of a policy, and the order of the scorers, which is that of a plan's columns."""
    write_policy(policy, tmp_path / "policy.toml")
    again = read_policy(str(tmp_path / "policy.toml"))
    assert again == policy
    assert again.describe() == policy.describe()
    assert (tmp_path / "policy.toml").read_text(encoding="utf-8") == policy_text(again)


def test_a_file_reads_as_the_how_to_shows(tmp_path: Path) -> None:
    """Would be broken: the words of the file."""
    text = policy_text(Policy(rules=(StaysFor(days=42),), scorers=(LevelFit(weight=3),), proficiency=Discounted()))
    assert text == (
        'objective = "requests-then-score"\n'
        "requests_per_person = 3\n"
        'wishes = "after-score"\nload_cost = 0\n\n'
        "[rules]\nstays-for = { days = 42 }\n\n"
        "[scorers]\nlevel-fit = { weight = 3, ideal = 1, per_level = 25 }\n\n"
        "[proficiency]\ndiscounted = { policy = { manager-first = {} }, days_per_level = 730 }\n"
    )
    assert read(tmp_path, text).rules == (StaysFor(days=42),)


def test_what_is_left_out_is_as_usual(tmp_path: Path) -> None:
    """Would be broken: files that say only what is different."""
    assert read(tmp_path, "") == Policy()
    assert read(tmp_path, "\ufeff[scorers]\nimportance = {}\n") == Policy(scorers=(Importance(),))
    assert read(tmp_path, "[rules.not-manager]\nline = 'whole'") == Policy(rules=(NotManager(line="whole"),))
    assert read(tmp_path, "rules = {}\nobjective = 'score'") == Policy(rules=(), objective="score")


def test_every_fault_is_told_at_once_with_its_place_and_near_names(tmp_path: Path) -> None:
    """Would be broken: one message at a time, or names that are passed over."""
    text = """
        objectives = "score"
        requests_per_person = 0
        objective = "penalty"
        [rules]
        qualifed = {}
        not-blocked = {}
        stays-for = {}
        not-manager = { line = "some" }
        shared-language = { weight = 1 }
        [scorers]
        level-fit = { weights = 2, per_level = -1, ideal = true }
        importance = 3
        tenure = { weight = 1.5 }
        [proficiency]
        discounted = { days_per_level = 0, policy = { latests = {} } }
    """
    faults = faults_of(tmp_path, text)
    assert {(fault.code, fault.column) for fault in faults} == {
        ("UNKNOWN-KEY", "objectives"),
        ("OUT-OF-RANGE", "requests_per_person"),
        ("BAD-CHOICE", "objective"),
        ("UNKNOWN-KEY", "rules.qualifed"),
        ("UNKNOWN-KEY", "rules.not-blocked"),
        ("MISSING-VALUE", "rules.stays-for.days"),
        ("BAD-CHOICE", "rules.not-manager.line"),
        ("UNKNOWN-KEY", "rules.shared-language.weight"),
        ("UNKNOWN-KEY", "scorers.level-fit.weights"),
        ("OUT-OF-RANGE", "scorers.level-fit.per_level"),
        ("WRONG-TYPE", "scorers.level-fit.ideal"),
        ("WRONG-TYPE", "scorers.importance"),
        ("WRONG-TYPE", "scorers.tenure.weight"),
        ("OUT-OF-RANGE", "proficiency.discounted.days_per_level"),
        ("UNKNOWN-KEY", "proficiency.discounted.policy.latests"),
    }
    said = {fault.column: str(fault) for fault in faults}
    assert said["objectives"] == (
        "TM-UNKNOWN-KEY policy.toml field objectives: 'objectives' names no parameter; did you mean 'objective'? "
        "Use rules, scorers, objective, requests_per_person, places_per_mentor, proficiency, wishes, load_cost, aims, "
        "constraints."
    )
    assert "did you mean 'qualified'?" in said["rules.qualifed"]
    assert "hold under every policy" in said["rules.not-blocked"]
    assert said["rules.shared-language.weight"].endswith("There is no parameter here.")
    assert "did you mean 'weight'?" in said["scorers.level-fit.weights"]


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("rules = 3", "WRONG-TYPE", "rules"),
        ("proficiency = 'latest'", "WRONG-TYPE", "proficiency"),
        ("[proficiency]", "BAD-CHOICE", "proficiency"),
        ("[proficiency]\nlatest = {}\nmanager-first = {}", "BAD-CHOICE", "proficiency"),
        ("requests_per_person = true", "WRONG-TYPE", "requests_per_person"),
        ("[rules]\nqualified = {}\nqualified = {}", "BAD-TOML", None),
        ("objective = ", "BAD-TOML", None),
        ("rules = " + 5_000 * "[", "BAD-TOML", None),
        ("a" * (1 << 20) + " = 1", "TOO-LARGE", None),
    ],
)
def test_what_means_nothing_is_refused(tmp_path: Path, text: str, code: str, column: str | None) -> None:
    """Would be broken: files of another shape, such as a number where a table is."""
    (fault,) = faults_of(tmp_path, text)
    assert (fault.code, fault.column) == (code, column)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """Would be broken: a traceback instead of a fault."""
    (tmp_path / "latin.toml").write_bytes(b'objective = "\xe9"')
    for name, code in (("none.toml", "NOT-A-FILE"), (".", "NOT-A-FILE"), ("latin.toml", "ENCODING")):
        with pytest.raises(InputError) as caught:
            read_policy(tmp_path / name)
        assert [fault.code for fault in caught.value.faults] == [code]


def test_a_file_that_is_there_already_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    """Would be broken: somebody's own policy file."""
    file = tmp_path / "policy.toml"
    write_policy(Policy(), file)
    with pytest.raises(InputError, match=r"FILE-EXISTS policy\.toml"):
        write_policy(Policy(objective="score"), file)
    with pytest.raises(InputError, match="FILE-EXISTS"):
        write_policy(Policy(), tmp_path, overwrite=True)
    assert read_policy(file) == Policy()
    write_policy(Policy(objective="score"), file, overwrite=True)
    assert read_policy(file).objective == "score"


@frozen
class Own:
    """A rule of one's own."""

    name: str = "own"

    def compile(self, pool: Pool) -> RuleShape:
        raise NotImplementedError


@frozen
class OwnLevelFit(LevelFit):
    """Looks like the library's own."""


@frozen
class OwnLatest(Latest):
    """Looks like the library's own too."""


@pytest.mark.parametrize(
    ("policy", "column"),
    [
        (Policy(rules=(Qualified(), Own())), "rules"),
        (Policy(scorers=(Tenure(), OwnLevelFit())), "scorers"),
        (Policy(proficiency=OwnLatest()), "proficiency"),
        (Policy(proficiency=Discounted(policy=OwnLatest())), "proficiency"),
    ],
)
def test_rules_and_scorers_of_ones_own_are_not_written(tmp_path: Path, policy: Policy, column: str) -> None:
    """Would be broken: files that lose a rule, or that nobody can read back."""
    with pytest.raises(InputError) as caught:
        write_policy(policy, tmp_path / "policy.toml")
    assert [(fault.code, fault.column) for fault in caught.value.faults] == [("WRONG-TYPE", column)]
    assert not (tmp_path / "policy.toml").exists()


def test_constraints_with_numbers_by_name_are_read_and_written_as_tables(tmp_path: Path) -> None:
    """Would be broken: hours by skill, which people write as a table, refused as no row."""
    text = """
[constraints]
mentor-hours = { by_skill = { sql = 4, "data analysis" = 6 } }
unit-quota = { floors = { Product = 1 }, ceilings = {} }
mentor-load = { at_most = 2 }
"""
    hours = constraints.MentorHours(by_skill={"sql": 4, "data analysis": 6})
    quota = constraints.UnitQuota(floors={"Product": 1})
    policy = read(tmp_path, text)
    assert policy.constraints == (hours, quota, constraints.MentorLoad(at_most=2))
    assert 'by_skill = { "data analysis" = 6, sql = 4 }' in policy_text(policy)
    assert read(tmp_path, policy_text(policy)) == policy
    rows = """constraints = { mentor-hours = { by_skill = [["sql", 4], ["data analysis", 6]] } }"""
    assert read(tmp_path, rows).constraints == (hours,)


def test_faults_of_rows_and_of_numbers_by_name_are_all_told(tmp_path: Path) -> None:
    """Would be broken: a traceback for a couple of one, and hours below 0 taken in silence."""
    text = """
[constraints]
mentor-hours = { by_skill = { sql = -4, law = "8", "x" = true } }
unit-quota = { floors = { a = 3 }, ceilings = 5 }
apart = { couples = [["ann"], "ab", ["ann", "bob", "eve"], 7] }
together = { couples = "ann" }
mentor-load = { at_least = 3, at_most = 2 }

[aims]
fewest-changes = { kept = [1] }

[scorers]
waiting = { rounds = [1] }
"""
    faults = [(fault.code, fault.column) for fault in faults_of(tmp_path, text)]
    assert faults == [
        ("WRONG-TYPE", "scorers.waiting.rounds"),
        ("WRONG-TYPE", "aims.fewest-changes.kept"),
        ("WRONG-TYPE", "constraints.mentor-hours.by_skill"),
        ("OUT-OF-RANGE", "constraints.mentor-hours.by_skill"),
        ("WRONG-TYPE", "constraints.mentor-hours.by_skill"),
        ("WRONG-TYPE", "constraints.unit-quota.ceilings"),
        *[("WRONG-TYPE", "constraints.apart.couples")] * 4,
        ("WRONG-TYPE", "constraints.together.couples"),
        ("CONFLICTING-LIMITS", "constraints.mentor-load.at_least"),
    ]
