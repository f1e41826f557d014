"""Values and columns of the domain: the competency model, the people, their assessments."""

from taskmentor.models.assessments import Assessment, Assessments, Source
from taskmentor.models.competency import (
    Behaviour,
    CompetencyModel,
    ProficiencyLevel,
    ProficiencyScale,
    Requirement,
    Role,
    RoleId,
    Skill,
    SkillId,
)
from taskmentor.models.forest import ReportingForest
from taskmentor.models.organisation import Engaged, GivenRequests, LeftOut, Organisation, PairList, Reporting
from taskmentor.models.people import People, Person, PersonId

__all__ = [
    "Assessment",
    "Assessments",
    "Behaviour",
    "CompetencyModel",
    "Engaged",
    "GivenRequests",
    "LeftOut",
    "Organisation",
    "PairList",
    "People",
    "Person",
    "PersonId",
    "ProficiencyLevel",
    "ProficiencyScale",
    "Reporting",
    "ReportingForest",
    "Requirement",
    "Role",
    "RoleId",
    "Skill",
    "SkillId",
    "Source",
]
