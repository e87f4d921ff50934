"""What the texts of a campaign must be for its channels: which are needed, and what each has to say."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.core.i18n import _
from outreach.core.words import Channel
from outreach.definitions.agreement import Agreement
from outreach.definitions.base import Place
from outreach.definitions.campaign import Campaign
from outreach.definitions.messages import Messages

Found = tuple[Place, str]


def missing_texts(campaign: Campaign, messages: Messages) -> Iterator[Found]:
    """The texts that the campaign's channels need and that are not there yet, by their place in messages.yaml."""
    channels = campaign.channels
    if Channel.LETTER in channels and messages.letter is None:
        yield ("letter",), _("la campagne envoie des courriers mais le texte manque")
    if Channel.SMS in channels and "fr" not in messages.sms:
        yield ("sms", "fr"), _("la campagne envoie des SMS mais le texte français manque")
    if channels & {Channel.CALL, Channel.VISIT} and "fr" not in messages.scripts:
        yield ("scripts", "fr"), _("la campagne appelle ou visite mais le script français manque")
    if any(step.recorded for step in campaign.cadence) and "fr" not in messages.voice:
        yield ("voice", "fr"), _("la campagne fait entendre des messages mais le texte français manque")


def unfit_texts(agreement: Agreement, messages: Messages) -> Iterator[Found]:
    """The texts that do not say what they have to, by their place in messages.yaml."""
    for language, text in messages.sms.items():
        if "STOP" not in text:
            yield ("sms", language), _("dites comment s'opposer (« STOP »), c'est une obligation (CNIL)")
        if "{association}" not in text and agreement.association.name not in text:
            message = _("nommez l'association, {field} : qui écrit doit être clair")
            yield ("sms", language), message.format(field="{association}")
    for language, text in messages.voice.items():
        if "{association}" not in text or "{site_phone}" not in text:
            message = _("dites qui appelle et où rappeler, {fields}")
            yield ("voice", language), message.format(fields="{association}, {site_phone}")


def unfit_steps(campaign: Campaign, agreement: Agreement) -> Iterator[Found]:
    """The steps that the agreement does not allow, by their place in campaign.yaml; and what recorded ones need there."""
    for at, step in enumerate(campaign.cadence):
        if step.channel not in agreement.allowed_channels:
            message = _("la convention ne permet pas le canal « {channel} »")
            yield ("cadence", at, "channel"), message.format(channel=step.channel)
        if step.recorded and not agreement.automated_calls:
            yield ("cadence", at, "recorded"), _("la convention n'autorise pas les appels automatiques")
    if any(step.recorded for step in campaign.cadence) and not campaign.capacity.recorded_per_day:
        yield ("capacity", "recorded_per_day"), _("dites combien de messages enregistrés partent en un jour")
