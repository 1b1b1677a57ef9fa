"""Stories of a customer who pauses, cancels, redeems and asks for statements by typing."""

from __future__ import annotations

import pytest
from sqlmodel import select

from billing.context import Actor, Contexts
from billing.errors import PortalError
from billing.models.coupons import Redemption
from billing.models.invoices import Invoice, InvoiceKind
from billing.models.payments import PaymentMethod
from billing.models.people import Customer, Staff
from billing.models.records import PreferenceRecord
from billing.models.subscriptions import Subscription, SubscriptionChange
from billing.registry import Role
from chat import confirmations
from chat.blocks import Link, Proposal, ProposalState, Receipt, load_blocks
from chat.dialog import commands
from portal.bootstrap import load_actions
from tests.chat.story_chat import Talk, ania, rows_of, told, world

__all__ = ["ania", "told", "world"]

load_actions()


def status(world: Contexts, number: str) -> str:
    with world.system() as ctx:
        return str(ctx.session.exec(select(Subscription.status).where(Subscription.number == number)).one())


MAIL = "SUB-2023-0002"


def test_a_subscription_is_asked_for_cancelled_and_taken_back_with_the_buttons(world: Contexts, ania: Talk) -> None:
    asked = ania.say("cancel my subscription because we are moving")
    assert "Which subscription do you want to cancel?" in asked.text and len(asked.buttons) == 5
    said = ania.say("Team mail")
    assert said.proposal.input == {"subscription": MAIL, "reason": "we are moving"}
    facts = [(fact.label, fact.value) for fact in said.proposal.effect.facts]
    assert ("Ends", "1 April 2026, when the paid period ends") in facts
    assert status(world, MAIL) == "active", "nothing happens before the yes"
    done = ania.say("yes")
    assert [r.title for r in done.of(Receipt)] == ["Team mail ends on 1 April"]
    assert status(world, MAIL) == "ending"
    back = ania.press_reply(done, "Take it back")
    assert back.proposal.input == {"subscription": MAIL, "what": "cancellation"}
    ania.say("yes")
    assert status(world, MAIL) == "active"


def test_a_pause_until_a_day_shows_the_credit_and_says_what_was_given(world: Contexts, ania: Talk) -> None:
    said = ania.say("pause team mail until 1 May because of the holidays")
    assert said.proposal.input == {"subscription": MAIL, "until": "2026-05-01", "reason": "the holidays"}
    assert [line.amount for line in said.proposal.effect.lines] == [-7171, -1506, -8677]
    (receipt,) = ania.confirm(said).of(Receipt)
    assert "€86.77 of credit is on your account (CN-2026-" in receipt.words
    assert status(world, MAIL) == "paused"
    assert ania.say("resume team mail").proposal.action == "subscriptions.resume"


@pytest.mark.parametrize("card, outcome, buttons", [
    ("pm_card_visa_4417", "€22.45 paid from Visa ending 4417", []),
    ("pm_card_chargeCustomerFail", "€22.45 was not paid", ["Pay €22.45"]),
])  # fmt: skip
def test_what_is_charged_by_itself_is_said_before_and_told_after_the_yes(
    world: Contexts, ania: Talk, card: str, outcome: str, buttons: list[str]
) -> None:
    with world.system(writes=True) as ctx:
        ctx.session.get_one(Customer, ania.actor.customer_id).auto_charge = True
        for saved in ctx.session.exec(select(PaymentMethod)).all():
            saved.gateway_id = card if saved.is_default else saved.gateway_id
    said = ania.say("switch my hosting to Business")
    facts = [(fact.label, fact.value) for fact in said.proposal.effect.facts]
    assert facts[0] == ("Payment", "€22.45 will be charged to Visa ending 4417")

    done = ania.confirm(said)

    switched, charged = done.of(Receipt)
    assert switched.title.startswith("Hosting changed from Growth to Business")
    assert "€22.45 is charged to Visa ending 4417 now." in switched.words
    assert (charged.title, done.buttons) == (outcome, buttons)


def test_a_coupon_is_checked_and_redeemed_on_the_service_that_is_chosen(world: Contexts, ania: Talk) -> None:
    said = ania.say("is the coupon SPRING25 still good?")
    assert "€25.00 off" in said.text and "31 May 2026" in said.text
    proposed = ania.press_reply(said, "Redeem it on Hosting")
    assert proposed.proposal.effect.lines[-1].amount == 18755
    before = rows_of(world, Redemption)
    ania.confirm(proposed)
    assert rows_of(world, Redemption) == before + 1
    assert "coupon" in ania.say("redeem NOSUCHCODE99 on hosting").text.lower()


def test_a_statement_has_its_balances_its_movements_and_its_file(ania: Talk) -> None:
    said = ania.say("show my statement for February")
    rows = said.rows()
    assert rows[0][1:] == ("Opening balance", "€0.00") and rows[-1][1:] == ("Closing balance", "€3,618.40")
    assert ("1\N{NO-BREAK SPACE}Feb", "Monthly services, February (RT-2026-0118)", "€605.00") in rows
    (link,) = ania.press_reply(said, "Download it").of(Link)
    assert link.href.startswith("/documents/statements/2026-02-01_2026-02-28")
    (sheet,) = ania.say("statement for 2025 as csv").of(Link)
    assert sheet.href.endswith(".csv")


def test_the_balance_of_a_day_and_where_credit_went(ania: Talk) -> None:
    assert "€4,666.41 was to pay. You had €60.00 of credit." in ania.say("what was my balance on 1 March").text
    rows = ania.say("where did my credit go?").rows()
    assert any("€60.00 to RT-2026-0187, 2" in row[1] for row in rows)


def test_a_newer_proposal_closes_the_older_one_so_that_a_yes_means_one_thing(world: Contexts, ania: Talk) -> None:
    first = ania.say("cancel hosting now")
    second = ania.say("pause team mail until 1 May")
    states = [b.state for m in ania.messages() for b in load_blocks(m.blocks) if isinstance(b, Proposal)]
    assert states == [ProposalState.REPLACED, ProposalState.OPEN]
    assert second.messages[-1].settles_seq == first.messages[-1].seq
    changes = rows_of(world, SubscriptionChange)
    assert not ania.confirm(first).messages, "the older one can't be confirmed any more"
    assert rows_of(world, SubscriptionChange) == changes
    ania.say("yes")
    assert status(world, MAIL) == "paused" and status(world, "SUB-2023-0001") == "active"


def test_cancel_it_right_after_a_proposal_leaves_everything_as_it_is(world: Contexts, ania: Talk) -> None:
    ania.say("tell me about team mail")
    ania.say("cancel it")
    assert ania.say("cancel it").text == "Nothing was changed."
    assert status(world, MAIL) == "active"


def test_stars_and_words_in_one_message_are_both_kept(ania: Talk) -> None:
    ania.say("I want to leave a review")
    assert ania.say("5 stars, friendly people").proposal.input == {"rating": 5, "words": "friendly people"}


def test_what_is_missing_is_asked_and_the_answer_is_taken_as_it_is(ania: Talk) -> None:
    assert "How much?" in ania.say("I want to pay in advance").text
    assert ania.say("€100").proposal.input == {"amount": 10000}
    assert "code" in ania.say("I want to redeem a coupon").text
    assert "For which subscription" in ania.say("spring25").text
    assert ania.say("the hosting one").proposal.input == {"coupon": "SPRING25", "subscription": "SUB-2023-0001"}


def test_what_is_switched_off_is_said_and_a_person_offered(world: Contexts, ania: Talk) -> None:
    with world.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="cancel_subscription", value=False, changed_at=ctx.now))
    said = ania.say("cancel team mail")
    assert not said.of(Proposal) and said.buttons == ["Talk to a person"]


def test_a_colleagues_command_is_previewed_and_run_on_the_account_and_the_customer_sees_none_of_it(
    world: Contexts, ania: Talk
) -> None:
    ania.say("hello")
    with world.system() as ctx:
        row = ctx.session.exec(select(Staff).where(Staff.role == Role.ADMIN)).first()
        assert row is not None
        colleague = Actor("staff", row.id, row.name, row.email, Role.ADMIN)
    number = ania.number or ""
    ack, _ = commands.take_command(world, colleague, number, "typed-by-staff", "/goodwill 25.00 for the outage", None)
    assert commands.answer_command(world, colleague, number, ack.seq)
    assert not commands.answer_command(world, colleague, number, ack.seq), "it is answered once"
    message = ania.messages()[-1]
    (proposal,) = [b for b in load_blocks(message.blocks) if isinstance(b, Proposal)]
    assert (proposal.action, proposal.input) == ("credits.grant", {"amount": 2500, "reason": "for the outage"})
    assert message.staff_only, "only staff see what would happen"
    before = credit_notes(world)
    with pytest.raises(PortalError):
        confirmations.confirm(world, ania.actor, number, message.seq, proposal.token)
    assert ania.say("yes").text.startswith("There is nothing to confirm")
    confirmations.confirm(world, colleague, number, message.seq, proposal.token)
    assert credit_notes(world) == before + 1
    told = ania.messages()[-1]
    assert told.staff_only and any(isinstance(b, Receipt) for b in load_blocks(told.blocks))
    assert "€65.00 of credit" in ania.say("how much credit do I have").text


@pytest.mark.parametrize(
    ("command", "said"),
    [("/balance", "The customer has €40.00 of credit."), ("/credits", "The customer has €40.00 of credit.")],
)
def test_a_colleague_reads_of_credit_as_the_customers(world: Contexts, ania: Talk, command: str, said: str) -> None:
    ania.say("hello")
    with world.system() as ctx:
        row = ctx.session.exec(select(Staff).where(Staff.role == Role.ADMIN)).first()
        assert row is not None
        colleague = Actor("staff", row.id, row.name, row.email, Role.ADMIN)
    ack, _ = commands.take_command(world, colleague, ania.number or "", "asked-by-staff", command, None)
    assert commands.answer_command(world, colleague, ania.number or "", ack.seq)
    told = ania.messages()[-1].text
    assert said in told and "You" not in told
    assert "You have €40.00 of credit." in ania.say(command).text


def credit_notes(world: Contexts) -> int:
    with world.system() as ctx:
        return len(ctx.session.exec(select(Invoice.id).where(Invoice.kind == InvoiceKind.CREDIT_NOTE)).all())
