"""Messages of webhooks that fire triggers."""

import logging

from antiphon.actions.callers import MachineUser
from antiphon.actions.context import ActionContext
from antiphon.actions.programs.triggers import Triggers, fire
from antiphon.actions.reasons import Refused
from antiphon.chat.inbound import wording
from antiphon.chat.inbound.intake import WebhookMessage
from antiphon.chat.wording import refusal
from antiphon.core.ports import Clock
from antiphon.core.programs.triggers import Event
from antiphon.core.values import Project

log = logging.getLogger(__name__)


class MessageTriggers:
    """Finds the trigger that a message is for. Of what it says, only how it begins counts."""

    def __init__(self, actions: ActionContext, triggers: Triggers, clock: Clock) -> None:
        self._actions = actions
        self._triggers = triggers
        self._clock = clock

    async def fire(self, project: Project, message: WebhookMessage) -> str | None:
        """Fire it, once for each message: "", or why that cannot be now, for people. None: the message is for none."""
        trigger = self._triggers.of_message(project.name, message.webhook, message.text)
        if trigger is None:
            return None
        caller, event = MachineUser(f"webhook {message.webhook}"), Event(f"message {message.id}")
        try:
            fired = await fire(self._actions, self._triggers, caller, trigger, event, self._clock())
        except Refused as refused:
            log.warning("message %s fires nothing: %s", message.id, refused)
            return wording.NOT_FIRED.format(name=trigger.name, why=refusal(refused.reason))
        return wording.TRIGGER_WORDS.get(fired, "").format(name=trigger.name)
