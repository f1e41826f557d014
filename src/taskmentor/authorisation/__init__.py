"""Who may do and see what: nothing is allowed that a table does not name, and relations are those of the day."""

from taskmentor.authorisation.authority import (
    DATA_RIGHTS,
    Allow,
    Authority,
    Concerned,
    Deny,
    Enrolment,
    Group,
    PersonData,
)
from taskmentor.authorisation.relations import GRANTED, Grant, ReportingLines, confirmer, confirmers, relations
from taskmentor.authorisation.rights import NEVER, RIGHTS, may, require
from taskmentor.authorisation.viewing import view
from taskmentor.authorisation.words import (
    APPROVERS,
    INITIATORS,
    SIDES,
    ActionName,
    Approver,
    DataAction,
    PersonRelation,
    Relation,
)

__all__ = [
    "APPROVERS",
    "DATA_RIGHTS",
    "GRANTED",
    "INITIATORS",
    "NEVER",
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
    "Relation",
    "ReportingLines",
    "confirmer",
    "confirmers",
    "may",
    "relations",
    "require",
    "view",
]
