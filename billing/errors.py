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
    "wrong_recovery_code": ErrorSpec(
        "That recovery code is not right, or it was used.", "Type another one of your list. {left} tries are left.", 401
    ),
    "wrong_own_password": ErrorSpec("That is not your password.", "Nothing was changed. {left} tries are left.", 403),
    "codes_are_on": ErrorSpec("You sign in with a code already.", "Nothing was changed.", 409),
    "codes_are_off": ErrorSpec("You sign in without a code.", "Nothing was changed.", 409),
    "codes_are_required": ErrorSpec("{business} asks all staff for a code.", "Yours stay on.", 409),
    "new_key_ended": ErrorSpec("The ten minutes for this key have passed.", "Nothing was changed. Start again.", 410),
    "uses_no_code": ErrorSpec("{name} signs in without a code.", "Nothing was changed.", 409),
    "too_many_tries": ErrorSpec("Too many tries.", "Wait {minutes} minutes, then try again.", 429),
    "form_expired": ErrorSpec("This page was open for too long.", "Nothing was changed. Try once more.", 403),
    "invitation_ended": ErrorSpec("This invitation has ended or was used.", "Ask for a new one.", 410),
    "link_ended": ErrorSpec("This link has ended or was used.", "Ask for a new one.", 410),
    "weak_password": ErrorSpec(
        "That password is too easy to guess.", "Use at least 12 characters, such as a few words without a story.", 422
    ),
    # what you may do
    "not_allowed": ErrorSpec("{refused}: {title}.", "{ask}", 403),
    "switched_off": ErrorSpec("{what} is not offered here.", "{instead}", 403),
    "unknown_person": ErrorSpec("Nobody signs in as “{email}”.", "Check the address.", 404),
    "not_found": ErrorSpec("There is no {thing} “{reference}” in this account.", "Check the number.", 404),
    "account_not_found": ErrorSpec("There is no account “{reference}”.", "Check the number.", 404),
    "no_account": ErrorSpec("No account is open.", "Open a customer’s account first.", 404),
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
    "currency_differs": ErrorSpec(
        "{number} is in {currency}, and {other} is in {wanted}.", "Nothing was changed. Choose one in {wanted}.", 422
    ),
    "amount_too_high": ErrorSpec("{amount} is more than the {due} that is due.", "Enter {due} or less.", 422),
    "amount_too_low": ErrorSpec("{amount} is too little.", "Enter more than {least}.", 422),
    "below_card_least": ErrorSpec(
        "{amount} is less than a card can pay: {least} is the least.",
        "Nothing was taken. Pay it with another invoice or leave the credit for later.",
        422,
    ),
    "above_card_most": ErrorSpec(
        "{amount} is more than a card can pay at once: {most} is the most.",
        "Nothing was taken. Pay it in parts or by bank transfer.",
        422,
    ),
    "no_card": ErrorSpec("No card was given and none is saved.", "Add a card, then pay.", 422),
    "payment_declined": ErrorSpec("Your bank declined the payment. Nothing was taken.", "{advice}", 402),
    "payment_not_confirmed": ErrorSpec(
        "The payment was not confirmed with your bank. Nothing was taken.", "Try again, or use another card.", 402
    ),
    "not_stoppable": ErrorSpec(
        "{number} can not be stopped: it is {status}.",
        "Nothing was changed. A person can help with money that came in.",
        409,
    ),
    "nothing_to_stop": ErrorSpec(
        "No payment waits for your bank.", "Nothing was changed. A person can help with money that came in.", 409
    ),
    "payment_pending": ErrorSpec(
        "A payment for {number} is still on its way.", "Nothing more was taken. You can look again in a minute.", 409
    ),
    "card_refused_today": ErrorSpec("{card} said no today.", "It is asked again tomorrow, or you pay now.", 402),
    "bank_asks_first": ErrorSpec(
        "Your bank wants to ask you first. Nothing was taken.", "Pay now and stay for its question.", 402
    ),
    "gateway_unavailable": ErrorSpec(
        "The payment system did not answer.", "No second payment is made. We look again and tell you.", 503
    ),
    "not_correctable": ErrorSpec("{number} can not be corrected: it is {status}.", "Choose another invoice.", 409),
    "not_open": ErrorSpec("{number} is {status}.", "Only an open invoice can be cancelled or written off.", 409),
    "nothing_to_credit": ErrorSpec("{number} was credited in full before.", "Nothing more can be credited.", 409),
    "credit_too_high": ErrorSpec(
        "That is not between zero and the {left} that {number} has left to credit.", "Enter {left} or less.", 422
    ),
    "no_credit": ErrorSpec("There is no credit in {currency} that can be used now.", "Pay by card instead.", 409),
    "credit_used": ErrorSpec("{number} has nothing left that can be used.", "Choose another credit.", 409),
    "settled_in_part": ErrorSpec(
        "{number} can not be cancelled: something of it was paid, credited or written off.",
        "Credit what is left of it instead.",
        409,
    ),
    "credit_in_use": ErrorSpec(
        "{number} can not be cancelled: {amount} of it was used, or is promised to a payment on its way.",
        "Nothing was cancelled. Bill the amount on a new invoice instead.",
        409,
    ),
    "credit_of_change": ErrorSpec(
        "{number} belongs to a change of {subscription}.",
        "Nothing was cancelled. Change the subscription instead, or bill the amount on a new invoice.",
        409,
    ),
    "recorded_before": ErrorSpec(
        "A payment with the bank reference “{reference}” was recorded before.",
        "Nothing was recorded. Check the bank statement.",
        409,
    ),
    "not_refundable": ErrorSpec("{number} can not be refunded: it is {status}.", "Choose a payment that came in.", 409),
    "nothing_to_refund": ErrorSpec("Of {number} nothing is left that can go back.", "Choose another payment.", 409),
    "refund_too_high": ErrorSpec(
        "{amount} is not between zero and the {left} that can go back of {number}.", "Enter {left} or less.", 422
    ),
    "no_card_to_refund": ErrorSpec("{number} was not paid by card.", "Refund it by bank transfer or to credit.", 422),
    "document_unavailable": ErrorSpec(
        "The document could not be made just now. Nothing else has changed.", "Try again in a minute.", 503
    ),
    "no_receipt": ErrorSpec(
        "{number} has no receipt: that money has not come in.", "Look at the payment to see how it stands.", 409
    ),
    "statement_too_long": ErrorSpec(
        "A PDF holds about {most:,} movements, and this statement has more.",
        "Choose fewer days, or take it as CSV.",
        422,
    ),
    # subscriptions
    "plan_not_offered": ErrorSpec("{subscription} can not be switched to {plan}.", "Choose one of: {offered}.", 422),
    "plan_unchanged": ErrorSpec("{subscription} already is on that plan.", "Choose another plan or other seats.", 409),
    "seats_out_of_range": ErrorSpec("{plan} needs {least} to {most} seats.", "Choose a number in that range.", 422),
    "seats_not_sold": ErrorSpec("{plan} has no seats.", "Leave the seats out.", 422),
    "renewal_due": ErrorSpec(
        "{subscription} is being renewed.", "Nothing was changed. Try again in a few minutes.", 409
    ),
    "subscription_scheduled": ErrorSpec(
        "{subscription} has not started: it starts on {day}.", "Nothing was changed. Until then you can cancel it.", 409
    ),
    "subscription_trialing": ErrorSpec(
        "{subscription} is in its trial until {day}.",
        "Nothing was changed. You can start the paid plan now, or cancel the trial.",
        409,
    ),
    "subscription_paused": ErrorSpec("{subscription} is paused.", "Nothing was changed. Resume it first.", 409),
    "subscription_past_due": ErrorSpec(
        "A payment for {subscription} has failed.", "Nothing was changed. Pay what is owed first, then try again.", 409
    ),
    "subscription_ending": ErrorSpec(
        "{subscription} ends on {day}.", "Nothing was changed. Take the cancellation back first.", 409
    ),
    "subscription_ended": ErrorSpec(
        "{subscription} ended on {day}.", "Nothing was changed. You can reactivate it.", 409
    ),
    "unpaid_first": ErrorSpec(
        "{number} for {subscription} could not be charged and is not paid yet.",
        "Nothing was changed. Pay it first, then try again.",
        409,
    ),
    "subscription_running": ErrorSpec("{subscription} {runs}.", "Nothing needs to be done.", 409),
    "no_subscription_fits": ErrorSpec(
        "This fits none of your subscriptions as they are now.",
        "Nothing was changed. Look at how each of them stands.",
        409,
    ),
    "nothing_planned": ErrorSpec("Nothing is planned for {subscription}.", "Nothing needs to be taken back.", 409),
    "already_planned": ErrorSpec(
        "{subscription} {planned} on {day} already.", "Take that back first if you want another day.", 409
    ),
    "not_in_trial": ErrorSpec("{subscription} is not in a trial.", "Nothing was changed. Check the number.", 409),
    "trial_extended_enough": ErrorSpec(
        "A trial can be extended by {most} days in all; {left} are left.", "Choose {until} or an earlier day.", 422
    ),
    "day_out_of_order": ErrorSpec("{day} is too early.", "Choose {earliest} or a later day.", 422),
    "plan_withdrawn": ErrorSpec(
        "{plan} is not sold any more.", "Nothing was started. Choose another plan: {offered}.", 422
    ),
    "plan_not_sold": ErrorSpec("There is no plan “{plan}” on sale.", "Choose one of: {offered}.", 422),
    "policy_differs": ErrorSpec("{problem}", "Choose {choice}.", 422),
    "add_on_not_offered": ErrorSpec(
        "There is no add-on “{add_on}” for {subscription}.", "Choose one of: {offered}.", 422
    ),
    "no_add_ons": ErrorSpec(
        "Nothing is sold that can be added to {subscription}.", "Nothing was changed. Choose another subscription.", 422
    ),
    "add_on_not_there": ErrorSpec("{subscription} has no add-on “{add_on}”.", "Choose one of: {there}.", 404),
    "add_on_ending": ErrorSpec("{add_on} ends on {day} already.", "Nothing needs to be done.", 409),
    "no_card_saved": ErrorSpec(
        "There is no card to charge.", "Nothing was changed. Save a card with your next payment, then try again.", 409
    ),
    "auto_charge_unchanged": ErrorSpec("{subscription} {charged} already.", "Nothing needs to be done.", 409),
    # coupons
    "coupon_unknown": ErrorSpec("There is no coupon “{coupon}”.", "Check the code, or leave it out.", 404),
    "coupon_over": ErrorSpec("The coupon {coupon} ended on {day}.", "Nothing was redeemed. Go on without it.", 409),
    "coupon_withdrawn": ErrorSpec("The coupon {coupon} has ended.", "Nothing was redeemed. Go on without it.", 409),
    "coupon_used_up": ErrorSpec("The coupon {coupon} is used up.", "Nothing was redeemed. Go on without it.", 409),
    "coupon_used_by_you": ErrorSpec(
        "You have used the coupon {coupon} as often as one may.", "Nothing was redeemed. Go on without it.", 409
    ),
    "coupon_redeemed": ErrorSpec(
        "{subscription} has the coupon {coupon} already.", "Nothing more is needed: it comes off by itself.", 409
    ),
    "coupon_other_plan": ErrorSpec(
        "The coupon {coupon} is not for {subscription}.", "Nothing was redeemed. It is for {plans}.", 422
    ),
    "coupon_other_currency": ErrorSpec(
        "The coupon {coupon} is in {currency}, and {subscription} costs {other}.",
        "Nothing was redeemed. Go on without it.",
        422,
    ),
    "coupon_alone": ErrorSpec(
        "The coupon {coupon} can't stand beside {beside}.",
        "Nothing was redeemed. One of the two is all there may be.",
        409,
    ),
    # projects
    "milestone_not_found": ErrorSpec(
        "{project} has no milestone {milestone}.", "Choose one of the {count} that it has.", 404
    ),
    "milestone_not_done": ErrorSpec(
        "“{milestone}” is not finished yet.", "Nothing was changed. It can be approved once it is finished.", 409
    ),
    "milestone_done": ErrorSpec("“{milestone}” is {state} already.", "Nothing more is needed.", 409),
    "milestone_invoiced": ErrorSpec("“{milestone}” is on {invoice} already.", "Nothing was invoiced again.", 409),
    "not_approved": ErrorSpec(
        "{customer} has not approved “{milestone}” yet.", "Nothing was invoiced. Ask for the approval first.", 409
    ),
    "no_hours_to_invoice": ErrorSpec(
        "{project} has no hours that can be invoiced{until}.",
        "Nothing was invoiced. Hours wait until they are approved.",
        409,
    ),
    "no_hours_to_approve": ErrorSpec("Nothing waits for your approval in {project}.", "Nothing was changed.", 409),
    "hours_settled": ErrorSpec("{entry} is {state} already.", "Nothing was changed.", 409),
    "hours_not_billable": ErrorSpec(
        "{entry} is not billed, so it needs no approval.", "Ask the person who logged it, if something is unclear.", 409
    ),
    "project_closed": ErrorSpec("{project} was closed on {day}.", "Nothing was changed. Use an open project.", 409),
    "project_unfinished": ErrorSpec("{project} can not be closed: {reason}.", "Nothing was changed.", 409),
    "day_ahead": ErrorSpec("{day} is still to come.", "Enter a day up to today.", 422),
    "dates_out_of_order": ErrorSpec("{later} comes before {earlier}.", "Change one of the two days.", 422),
    # what is sold
    "code_taken": ErrorSpec("The code “{taken}” is taken.", "Nothing was added. Choose another code.", 409),
    "plan_exists": ErrorSpec(
        "{product} has a plan of that name, interval and currency: {existing}.",
        "Change that one, or choose another name.",
        409,
    ),
    "unknown_code": ErrorSpec("There is no {thing} “{wanted}”.", "Choose one from the list.", 404),
    "seats_out_of_order": ErrorSpec(
        "The least number of seats, {least}, is above the most, {most}.", "Change one of the two.", 422
    ),
    "unknown_setting": ErrorSpec("“{name}” is not a setting of the policy.", "Choose one of: {known}.", 422),
    "unknown_setting_value": ErrorSpec("“{name}” can not be “{value}”.", "Choose one of: {known}.", 422),
    "plans_unlike": ErrorSpec(
        "{plan} can not be switched to {other}: {reason}.", "Choose plans of the same product and currency.", 422
    ),
    "coupon_unlike": ErrorSpec(
        "{coupon} takes off {currency}, and {plan} is sold in {other}.", "Choose plans in {currency}.", 422
    ),
    "price_unchanged": ErrorSpec("{plan} costs that already.", "Enter another price.", 409),
    "never_mailed": ErrorSpec("“{topic}” are not mailed.", "You find them here in the portal.", 409),
    "nothing_to_change": ErrorSpec("{thing} is like that already.", "Nothing was changed.", 409),
    "tax_id_wrong": ErrorSpec("“{wanted}” is not a tax number of this country. {shape}", "Look at it once more.", 422),
    "already_here": ErrorSpec("{name} signs in for {account} already.", "Change what they may do instead.", 409),
    "last_owner": ErrorSpec(
        "{name} is the only owner of this account.", "Make somebody else an owner first. Nothing was changed.", 409
    ),
    "enough_people": ErrorSpec("{most} people sign in for {account}, and that is the most.", "Remove one first.", 409),
    "withdrawn": ErrorSpec("{thing} was withdrawn before.", "Nothing more is needed.", 409),
    "label_taken": ErrorSpec(
        "{place} has a tax called “{label}” already.", "Remove that one first, or choose another name.", 409
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


STAFF_ONLY, CUSTOMER_ONLY = "Only staff can do this", "Only the customer can do this"


def not_allowed(title: str, *, only: str = "", ask: str = "") -> PortalError:
    """The refusal of an action with that title: for who `only` may do it, or for a role, with whom to `ask`."""
    refused = only or "Your role does not allow this"
    return PortalError("not_allowed", refused=refused, title=title, ask=f"Ask {ask} to do it." if ask else "")


def switched_off(what: str, business: str, instead: str = "") -> PortalError:
    """The refusal of something that the business does not offer, with another way where there is one."""
    return PortalError("switched_off", what=what, instead=instead or f"A person at {business} can tell you more.")
