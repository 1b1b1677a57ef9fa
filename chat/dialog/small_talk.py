"""Greetings, thanks, help and what can't be done here: said once, in a sentence, with what can."""

from __future__ import annotations

from chat.blocks import Block, Cell, QuickReply
from chat.dialog.memory import OFFER, Pending
from chat.dialog.saying import buttons, person, table, text
from chat.dialog.settling import open_proposal
from chat.dialog.turn import Turn
from chat.understanding import READS_ENGLISH, Talk, Understood, foreign_language

BANK = "bank"  # the topic of questions for the business's bank account
_STARTERS = (
    ("home.show", "What do I owe?"),
    ("invoices.list", "Which invoices are overdue?"),
    ("subscriptions.list", "When is my next renewal?"),
    ("reviews.leave", "I want to leave a review"),
)


def starters(turn: Turn) -> list[QuickReply]:
    """What this person may ask for, as buttons, a person at the end."""
    asked = [QuickReply(label=label, send=label) for action, label in _STARTERS if turn.may(action)]
    return [*asked[:4], *person(turn.may("support.talk_to_person"))]


def help_blocks(turn: Turn) -> list[Block]:
    """Every command that this person may use, and no other."""
    actions = sorted((turn.action(name) for name in turn.allowed), key=lambda action: action.slash)
    blocks: list[Block] = [
        text("Ask in your own words, or use a command. Changes always ask you first."),
    ]
    for start in range(0, len(actions), 12):
        rows = [(Cell(text=a.slash), a.help) for a in actions[start : start + 12]]
        one = table(("Command", "What it does"), rows)
        columns = tuple(column.model_copy(update={"align": "start"}) for column in one.columns)
        blocks.append(one.model_copy(update={"columns": columns}))
    return blocks


def small_talk(turn: Turn, talk: Talk) -> list[Block]:
    """The answer to what asks for no record. Yes and no are answered elsewhere, where there is something to settle."""
    business = turn.preferences.business_name
    if talk is Talk.HELP:
        return help_blocks(turn)
    if talk is Talk.GREETING:
        first = turn.actor.name.split()[0] if turn.actor.name else ""
        return [text(f"Hello {first}. What can I look up for you?".replace(" .", ".")), *buttons(starters(turn))]
    if talk is Talk.THANKS:
        return [text("You are welcome.")]
    if talk is Talk.GOODBYE:
        return [text("Goodbye. This chat stays here, you can read it again.")]
    if talk is Talk.ABOUT:
        hours = turn.preferences.people_hours
        return [
            text(f"I am the assistant of {business}, a program. I answer from your account. People answer {hours}."),
            *buttons(person(turn.may("support.talk_to_person"))),
        ]
    if talk is Talk.NO:
        return [text("All right. Nothing was changed.")]
    return [text("There is nothing to confirm right now."), *buttons(starters(turn))]


def out_of_scope(turn: Turn, understood: Understood) -> list[Block]:
    """An honest sentence about what can't be done here, and a person."""
    offered = person(turn.may("support.talk_to_person"))
    if understood.question:
        aside = turn.words.rstrip().endswith("?") and open_proposal(turn) is not None  # a yes is the proposal's
        if offered and not aside:
            turn.memory = turn.memory.asking(Pending(action="support.talk_to_person", field=OFFER))
        told = _bank_account(turn) if understood.topic == BANK else []
        return [*(told or [text(understood.question)]), *buttons(offered)]
    turn.unsure = True
    if language := foreign_language(turn.words):
        said = f"{READS_ENGLISH[language]} I read English for now: ask again in English, or talk to a person."
        return [text(said), *buttons([*offered, *starters(turn)[:3]])]
    if waiting := open_proposal(turn):
        said = f"I did not understand that. “{waiting[1].effect.title}” still waits for your yes or no."
        return [text(said), *buttons(offered)]
    words = (
        f"I did not understand that. I know your invoices, payments and plans at {turn.preferences.business_name}."
        " Ask in other words, or choose one of these."
    )
    return [text(words), *buttons(starters(turn))]


def _bank_account(turn: Turn) -> list[Block]:
    """Where a bank transfer goes, and what is written with it; nothing where the business has told no bank account."""
    iban, name = turn.preferences.business_iban.strip(), turn.preferences.business_legal_name
    if not iban:
        return []
    owed = turn.account.payable
    such = f", such as {owed[0].number}" if owed else ""
    return [text(f"Send it to {name}, {iban}. Write the invoice number with it{such}.", iban, name)]
