"""What a visitor of another site gets answered before anybody knows who it is: how things work, never a record."""

from __future__ import annotations

from billing.context import SYSTEM, Context, Contexts
from billing.errors import PortalError, switched_off
from billing.registry import Action, Audience, Channel
from chat.blocks import Blocks, Link, Text
from chat.understanding import Outcome, Talk, Understood, load_account, understand

LONGEST_QUESTION = 500
PERSON = "support.talk_to_person"
# By an action, or by the noun that it begins with.
KNOWN: dict[str, str] = {
    "home": "What is to pay stands first when you sign in: here, and on the portal's first page.",
    "invoices": "Every invoice is in the portal under Invoices: what is open, what is paid, each as a PDF. The link in"
    " an invoice's mail leads there too. Sign in, and I show yours here.",
    "invoices.pay": "You pay by card, one invoice or several at once. You see the exact amount first, and nothing is"
    " taken before your yes. Sign in, then name the invoice.",
    "payments": "Every payment is in the portal under Payments, with the invoices that it paid. Sign in, and I show"
    " yours here.",
    "subscriptions": "What you have, what it costs and when it renews is in the portal under Subscriptions. Sign in,"
    " and I show yours here.",
    "subscriptions.switch_plan": "You choose another plan or other seats in the portal under Subscriptions, or tell me"
    " once you are signed in. Before anything changes you see what it costs today and from the next renewal on.",
}
TALKED = {
    Talk.GREETING: "Hello. What would you like to know?",
    Talk.THANKS: "You are welcome.",
    Talk.GOODBYE: "Goodbye.",
}


def answer_visitor(contexts: Contexts, text: str, action: str = "") -> Blocks:
    """The answer to a visitor's question, or to a button that stands for an action. Reads no customer's records.

    Raises `message_too_long`, and `invalid_input` for no question at all.
    """
    words = text.strip().replace("\x00", "")
    if not words:
        raise PortalError("invalid_input", problem="Nothing was asked.")
    if len(words) > LONGEST_QUESTION:
        raise PortalError("message_too_long", most=LONGEST_QUESTION, length=len(words))
    with contexts.open(SYSTEM, Channel.CHAT) as ctx:
        found = _understood(ctx, words, action)
        if found.talk in TALKED:
            return (Text(text=TALKED[found.talk]),)
        if found.action == PERSON:
            return _person(ctx)
        if found.action is not None and found.action in contexts.registry.actions:
            return _known(ctx, contexts.registry.get(found.action))
        return _unknown(ctx, found)


def _understood(ctx: Context, words: str, action: str) -> Understood:
    if action:
        return Understood(outcome=Outcome.ACTION, action=action)
    return understand(words, ctx.contexts.registry, load_account(ctx))[0]


def _known(ctx: Context, action: Action) -> Blocks:
    preferences = ctx.preferences
    if action.audience is Audience.STAFF:
        return _unknown(ctx, Understood(outcome=Outcome.OUT_OF_SCOPE))
    if isinstance(action.gate, str) and not getattr(preferences, action.gate):
        return (Text(text=switched_off(f"“{action.title}”", preferences.business_name).message),)
    words = KNOWN.get(action.id) or KNOWN.get(action.id.partition(".")[0]) or f"{action.help} Sign in to use it here."
    where: Blocks = () if action.page == "/chat" else (Link(label="Open it in the portal", href=action.page),)
    return (Text(text=words), *where)


def _person(ctx: Context) -> Blocks:
    preferences = ctx.preferences
    write = f"You can also write or call: {preferences.business_contact}."
    if not preferences.talk_to_person:
        return (Text(text=write),)
    return (Text(text=f"People answer {preferences.people_hours}. Sign in, and I ask one to join. {write}"),)


def _unknown(ctx: Context, found: Understood) -> Blocks:
    business = ctx.preferences.business_name
    if found.talk in (Talk.ABOUT, Talk.HELP):
        words = f"I am the assistant of {business}, a program. Before you sign in I can say how invoices, payments and"
        return (Text(text=f"{words} plans work here. Signed in, I answer from your account."),)
    words = f"I can't answer that before you sign in. I can say how invoices, payments and plans work at {business}."
    return (Text(text=words),)
