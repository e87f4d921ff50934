"""The tables, one file per group, in the order in which a campaign fills them."""

from outreach.models.access import (
    Account,
    AccountRole,
    IdentityProvider,
    Invitation,
    ProviderSubject,
    RateBucket,
    SignInStart,
    WebSession,
)
from outreach.models.base import Base
from outreach.models.campaigns import Agreement, Campaign, CampaignSite, CampaignVersion, Rehearsal, Seen
from outreach.models.cases import Case
from outreach.models.contacts import Attempt, Contact, Round, Shift
from outreach.models.events import Event, InboundMessage, Objection
from outreach.models.figures import (
    CampaignBoard,
    CaseFigure,
    FigureAnswer,
    FigureCell,
    FigureCourse,
    FigureCredit,
    FigureDue,
    FigureList,
    FigureWay,
    FigureWork,
)
from outreach.models.jobs import WebJob
from outreach.models.lists import ColumnMapping, DeliveryToken, ListRow, RowFinding, RowIssue, SharedPhone, TargetList
from outreach.models.mail import MailBatch, MailLetter, MailPrinting
from outreach.models.matching import MatchDecision, MatchLink, MatchParameters, MatchRun
from outreach.models.mediations import Mediation, MediationPerson, PrivateNote, Wording
from outreach.models.network import Association, Mediator, Partner, Site
from outreach.models.outcomes import Comparison, PartnerOutcome, ReturnFile
from outreach.models.people import (
    AddressLocation,
    AddressPoint,
    Building,
    Household,
    HouseholdMember,
    Person,
    PersonMerge,
    PriorityStreet,
    RuralCommune,
)
from outreach.models.phone import CallSkip, PhoneFact
from outreach.models.planning import Absence, AnsweredHour, Appointment, PlanChange, PlanRun
from outreach.models.record import AuditEntry, Summary, SummaryState
from outreach.models.releases import PartnerQuestion, ReleasedFigure
from outreach.models.requests import AgreementDocument, PersonRequest
from outreach.models.retention import CaseRemainder, ErasureMark, ProviderErasure, RetentionRun
from outreach.models.segments import CampaignPreview, Decision, SegmentRun, WaveDesign
from outreach.models.sending import ProviderHealth, ProviderNotice, QuotaUse, SenderIdentity, SendingStop
from outreach.models.standing import Backup, LiveCopy

__all__ = [
    "Absence",
    "Account",
    "AccountRole",
    "AddressLocation",
    "AddressPoint",
    "Agreement",
    "AgreementDocument",
    "AnsweredHour",
    "Appointment",
    "Association",
    "Attempt",
    "AuditEntry",
    "Backup",
    "Base",
    "Building",
    "CallSkip",
    "Campaign",
    "CampaignBoard",
    "CampaignPreview",
    "CampaignSite",
    "CampaignVersion",
    "Case",
    "CaseFigure",
    "CaseRemainder",
    "ColumnMapping",
    "Comparison",
    "Contact",
    "Decision",
    "DeliveryToken",
    "ErasureMark",
    "Event",
    "FigureAnswer",
    "FigureCell",
    "FigureCourse",
    "FigureCredit",
    "FigureDue",
    "FigureList",
    "FigureWay",
    "FigureWork",
    "Household",
    "HouseholdMember",
    "IdentityProvider",
    "InboundMessage",
    "Invitation",
    "ListRow",
    "LiveCopy",
    "MailBatch",
    "MailLetter",
    "MailPrinting",
    "MatchDecision",
    "MatchLink",
    "MatchParameters",
    "MatchRun",
    "Mediation",
    "MediationPerson",
    "Mediator",
    "Objection",
    "Partner",
    "PartnerOutcome",
    "PartnerQuestion",
    "Person",
    "PersonMerge",
    "PersonRequest",
    "PhoneFact",
    "PlanChange",
    "PlanRun",
    "PriorityStreet",
    "PrivateNote",
    "ProviderErasure",
    "ProviderHealth",
    "ProviderNotice",
    "ProviderSubject",
    "QuotaUse",
    "RateBucket",
    "Rehearsal",
    "ReleasedFigure",
    "RetentionRun",
    "ReturnFile",
    "Round",
    "RowFinding",
    "RowIssue",
    "RuralCommune",
    "Seen",
    "SegmentRun",
    "SenderIdentity",
    "SendingStop",
    "SharedPhone",
    "Shift",
    "SignInStart",
    "Site",
    "Summary",
    "SummaryState",
    "TargetList",
    "WaveDesign",
    "WebJob",
    "WebSession",
    "Wording",
]
