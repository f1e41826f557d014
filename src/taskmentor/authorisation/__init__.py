"""Who may do and see what: nothing is allowed that a table does not name, and relations are those of the day."""

from taskmentor.authorisation.authority import (
    DATA_RIGHTS,
    PROGRAMME_RIGHTS,
    Allow,
    Authority,
    Concerned,
    Deny,
    Enrolment,
    Group,
    PersonData,
    WholeProgramme,
)
from taskmentor.authorisation.relations import GRANTED, Grant, ReportingLines, confirmer, confirmers, relations
from taskmentor.authorisation.rights import ITEM_OWNERS, NEVER, RIGHTS, may, require
from taskmentor.authorisation.viewing import view, view_protected
from taskmentor.authorisation.words import (
    APPROVERS,
    INITIATORS,
    SIDES,
    ActionName,
    Approver,
    DataAction,
    PersonRelation,
    ProgrammeAction,
    Relation,
)

__all__ = [
    "APPROVERS",
    "DATA_RIGHTS",
    "GRANTED",
    "INITIATORS",
    "ITEM_OWNERS",
    "NEVER",
    "PROGRAMME_RIGHTS",
    "RIGHTS",
    "SIDES",
    "ActionName",
    "Allow",
    "Approver",
    "Authority",
    "Concerned",
    "DataAction",
    "Deny",
    "Enrolment",
    "Grant",
    "Group",
    "PersonData",
    "PersonRelation",
    "ProgrammeAction",
    "Relation",
    "ReportingLines",
    "WholeProgramme",
    "confirmer",
    "confirmers",
    "may",
    "relations",
    "require",
    "view",
    "view_protected",
]
