"""Who may do and see what: nothing is allowed that a table does not name, and relations are those of the day."""

from taskmentor.authorisation.relations import GRANTED, Grant, ReportingLines, confirmer, confirmers, relations
from taskmentor.authorisation.rights import NEVER, RIGHTS, may, require
from taskmentor.authorisation.words import APPROVERS, INITIATORS, SIDES, ActionName, Approver, Relation

__all__ = [
    "APPROVERS",
    "GRANTED",
    "INITIATORS",
    "NEVER",
    "RIGHTS",
    "SIDES",
    "ActionName",
    "Approver",
    "Grant",
    "Relation",
    "ReportingLines",
    "confirmer",
    "confirmers",
    "may",
    "relations",
    "require",
]
