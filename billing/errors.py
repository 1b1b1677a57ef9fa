"""Every refusal that a customer, an agent or a shell can meet, in one catalogue: code, sentence, next step, status."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorSpec:
    """What a refusal says. `sentence` and `next_step` may hold {placeholders} that the raiser fills."""

    sentence: str
    next_step: str
    status: int


CATALOGUE: dict[str, ErrorSpec] = {
    # who you are
    "not_signed_in": ErrorSpec("You are signed out.", "Sign in to go on.", 401),
    "wrong_login": ErrorSpec("That email and password do not belong together.", "Check both and try again.", 401),
    "wrong_code": ErrorSpec(
        "That code is not right, or it has ended.", "Type the newest code from your app. {left} tries are left.", 401
    ),
    "too_many_tries": ErrorSpec("Too many tries.", "Wait {minutes} minutes, then try again.", 429),
    "form_expired": ErrorSpec("This page was open for too long.", "Nothing was changed. Try once more.", 403),
    "invitation_ended": ErrorSpec("This invitation has ended or was used.", "Ask for a new one.", 410),
    "weak_password": ErrorSpec(
        "That password is too easy to guess.", "Use at least 12 characters, five of them different.", 422
    ),
    # what you may do
    "not_allowed": ErrorSpec("Your role does not let you {doing}.", "Ask {people} to do it, or ask for access.", 403),
    "switched_off": ErrorSpec("{business} does not offer this here.", "Ask {business} about it.", 403),
    "unknown_person": ErrorSpec("Nobody signs in as “{email}”.", "Check the address.", 404),
    "not_found": ErrorSpec("There is no {thing} “{reference}” in this account.", "Check the number.", 404),
    # the chat on other sites
    "site_not_listed": ErrorSpec(
        "{business} has not opened its chat on {site}.",
        "Use the portal itself, or ask {business} to put this site on its list.",
        403,
    ),
    "handover_ended": ErrorSpec(
        "This sign-in was used before, came too late or was begun elsewhere.", "Press Sign in once more.", 403
    ),
    "customers_only": ErrorSpec("The chat on other sites is for customers.", "Staff answer at the desk.", 403),
    # what you asked for
    "invalid_input": ErrorSpec("{problem}", "", 422),
    "unknown_action": ErrorSpec("There is no action “{action}”.", "Look at the list of actions.", 404),
    "preview_needed": ErrorSpec("This needs your yes first.", "Look at the preview and confirm it.", 409),
    "preview_changed": ErrorSpec(
        "The figures have changed since you saw them.", "Nothing was done. Look at the new figures and confirm.", 409
    ),
    "preview_ended": ErrorSpec("The price was exact until {until}.", "Nothing was done. Here is the new one.", 409),
    "preview_invalid": ErrorSpec("This confirmation does not fit.", "Nothing was done. Start again.", 409),
    "busy": ErrorSpec("Somebody else is changing this right now.", "Nothing was done. Try again in a moment.", 409),
    "failed": ErrorSpec("That did not work on our side.", "Nothing was done. Try again in a moment.", 500),
    # money
    "nothing_to_pay": ErrorSpec("{number} has nothing left to pay.", "Choose another invoice.", 409),
    "not_payable": ErrorSpec("{number} can not be paid: it is {status}.", "Choose an open invoice.", 409),
    "currencies_differ": ErrorSpec(
        "These invoices are in different currencies.", "Pay the ones in {currency} first.", 422
    ),
    "amount_too_high": ErrorSpec("{amount} is more than the {due} that is due.", "Enter {due} or less.", 422),
    "amount_too_low": ErrorSpec("{amount} is too little.", "Enter more than {least}.", 422),
    "no_card": ErrorSpec("No card was given and none is saved.", "Add a card, then pay.", 422),
    "payment_declined": ErrorSpec("Your bank declined the payment. Nothing was taken.", "{advice}", 402),
    "payment_not_confirmed": ErrorSpec(
        "The payment was not confirmed with your bank. Nothing was taken.", "Try again, or use another card.", 402
    ),
    "payment_pending": ErrorSpec(
        "A payment for {number} is still on its way.", "Nothing more was taken. You can look again in a minute.", 409
    ),
    "gateway_unavailable": ErrorSpec(
        "The payment system did not answer.", "No second payment is made. We look again and tell you.", 503
    ),
    "document_unavailable": ErrorSpec(
        "The document could not be made just now. Nothing else has changed.", "Try again in a minute.", 503
    ),
    # subscriptions
    "plan_not_offered": ErrorSpec("{subscription} can not be switched to {plan}.", "Choose one of: {offered}.", 422),
    "plan_unchanged": ErrorSpec("{subscription} already is on that plan.", "Choose another plan or other seats.", 409),
    "seats_out_of_range": ErrorSpec("{plan} needs {least} to {most} seats.", "Choose a number in that range.", 422),
    "seats_not_sold": ErrorSpec("{plan} has no seats.", "Leave the seats out.", 422),
    "subscription_not_active": ErrorSpec("{subscription} is {status}.", "Only an active one can be changed.", 409),
    "renewal_due": ErrorSpec(
        "{subscription} is being renewed.", "Nothing was changed. Try again in a few minutes.", 409
    ),
    # conversation
    "nobody_handles": ErrorSpec("This conversation is closed.", "Write a message to open it again.", 409),
    "taken": ErrorSpec("{name} already answers this conversation.", "Choose another one.", 409),
    "not_yours": ErrorSpec("You have not taken this conversation.", "Take it first.", 409),
    "already_reviewed": ErrorSpec("You have already rated this conversation.", "Nothing more is needed.", 409),
    "message_too_long": ErrorSpec("A message can have {most} characters; this has {length}.", "Send it in parts.", 422),
    "too_fast": ErrorSpec("That was a lot at once.", "Wait {seconds} seconds, then go on.", 429),
}


class PortalError(Exception):
    """A refusal from the catalogue. `field` names the input that it is about, if there is one."""

    def __init__(self, code: str, *, field: str | None = None, **values: object) -> None:
        spec = CATALOGUE[code]
        self.code = code
        self.field = field
        self.values = values
        self.status = spec.status
        self.sentence = spec.sentence.format(**values)
        self.next_step = spec.next_step.format(**values)
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence and what to do next, as the customer reads them."""
        return f"{self.sentence} {self.next_step}".strip()

    def as_dict(self) -> dict[str, str | None]:
        """The form in which shell and sockets give it: code, message, field."""
        return {"code": self.code, "message": self.message, "field": self.field}
