"""Short words that only mean something after what was just said: “same for hosting”, “the other one”, “only half”."""

from __future__ import annotations

import re
from collections.abc import Callable

from chat.blocks import Block, Proposal, Receipt, load_blocks
from chat.dialog import settling
from chat.dialog.lately import said_lately
from chat.dialog.proposals import ask_slot, later_on, propose
from chat.dialog.saying import text
from chat.dialog.turn import Turn
from chat.dialog.undoing import was_just_done
from chat.models import Message
from chat.understanding import Outcome, Understood, named_subscriptions, understand

PAY = "invoices.pay"
LOOKED_AT = 6
_SAME = re.compile(
    r"(?:and |then |do |now |please )*(?:the )?same (?:thing )?(?:for|with|on|to) (?P<a>.+)"
    r"|(?:and|also|plus) (?P<b>.+?)(?:,? (?:too|as well|also))?|(?P<c>.+?),? (?:too|as well)"
)
_KEEP = re.compile(
    r"(?:no,? |oh,? |then |actually,? |well,? |wait,? )*(?:i(?: will|'ll)? )?(?:rather )?"
    r"(?:keep|leave) (?:it|that|them|everything)"
    r"(?: as (?:it|they) (?:is|are))?"
)
_AGAIN = re.compile(
    r"(?:how much|what|how many) (?:was|is) (?:that|it|this|the amount|the price) again"
    r"|(?:say|tell me|show me|repeat)(?: that| it)? (?:again|once more)|repeat that|come again"
)
_OTHER = re.compile(r"(?:no,? |not (?:that|this) one,? |i mean |i meant )*the other (?:one|invoice|bill|subscription)")
_PART = re.compile(
    r"(?:no,? |actually,? |rather |only |just |make it |make that |pay )*"
    r"(?P<part>half|a half|a third|\d{1,2} ?%|[€$£]? ?\d[\d.,]*(?: ?(?:€|euros?|eur))?)"
    r"(?: of (?:it|that))?(?: only| instead)?"
)
_ONLY = re.compile(
    r"(?:and |no,? |pay )*(?:only|just) (?:pay )?(?:the |what is |what's )(?P<kind>unpaid|open|overdue|paid|late)"
    r"(?: ones?| invoices?| bills?)?"
)
_IT = re.compile(r"\b(?:it|that|this)\b")
_USED = re.compile(r"\b(?:use|used|spend|spent|apply|put|for|from|go|goes|went|come|comes|work|works|buy|do with)\b")
_WHOLE = re.compile(
    r"(?:no,? |actually,? |rather |ok |then |just |pay |make it )*"
    r"(?:all of it|the whole (?:thing|amount|invoice|bill|lot)|everything|the full amount|in full|it all)(?: then)?"
)


def follow_up(turn: Turn, words: str, answer: Callable[[Turn, Understood], list[Block]]) -> list[Block] | None:
    """The answer to words that lean on the last ones, None where they stand by themselves; `answer` takes a request."""
    said = re.sub(r"\s+", " ", words.replace("’", "'").strip(" .!?…\n").lower())
    if turn.memory.pending is not None and _KEEP.fullmatch(said):
        turn.memory = turn.memory.asking(None)
        return [text("All right. Nothing was changed.")]
    if turn.memory.pending is not None or len(said) > 80:
        return None
    open_now = settling.open_proposal(turn)
    proposal = open_now[1] if open_now else None
    paying = proposal is not None and proposal.action == PAY
    if (only := _ONLY.fullmatch(said)) and (paying or turn.memory.last == "invoice"):
        return _read_as(turn, f"{'pay' if paying else 'show'} my {only['kind']} invoices", answer)
    if paying and proposal and proposal.input.get("amount") and _WHOLE.fullmatch(said):
        return _read_as(turn, f"pay {' '.join(proposal.input['invoices'])}", answer)
    if proposal is not None and _KEEP.fullmatch(said):
        return settling.no(turn) or []
    if _KEEP.fullmatch(said) and not was_just_done(turn):
        return [text("All right. Nothing was changed.")]
    if _AGAIN.fullmatch(said):
        return _once_more(turn, proposal)
    if proposal is not None and _OTHER.fullmatch(said):
        return _the_other(turn, proposal)
    if proposal is not None and proposal.action == PAY and (part := _PART.fullmatch(said)):
        numbers = proposal.input.get("invoices") or []
        return _read_as(turn, f"pay {part['part']} of {numbers[0]}", answer) if len(numbers) == 1 else None
    if proposal is None and turn.memory.last == "credit" and (asked := _of_credit(turn, said, answer)):
        return asked
    return _the_same(turn, said)


def _read_as(turn: Turn, words: str, answer: Callable[[Turn, Understood], list[Block]]) -> list[Block] | None:
    """The answer to a whole request that the words stand for."""
    one, *more = understand(words, turn.contexts.registry, turn.account, turn.memory.shown)
    return None if more or one.outcome is not Outcome.ACTION else answer(turn, one)


def _of_credit(turn: Turn, said: str, answer: Callable[[Turn, Understood], list[Block]]) -> list[Block] | None:
    """After the credit was told, "it" is the credit: “what can I use it for”, “put it on 0187”."""
    if not _IT.search(said) or not _USED.search(said):
        return None
    one, *more = understand(_IT.sub("my credit", said, count=1), turn.contexts.registry, turn.account)
    of_credit = one.about.startswith("credit") or (one.action or "").startswith("credits.")
    return answer(turn, one) if of_credit and not more else None


def _the_same(turn: Turn, said: str) -> list[Block] | None:
    """The change that was proposed or done last, for the other subscriptions that are named."""
    found = _SAME.fullmatch(said)
    named = found and next((text for text in found.groups() if text), "")
    numbers = named_subscriptions(named, turn.account) if named and len(named.split()) <= 5 else []
    last = _last_proposal(turn) if numbers else None
    if last is None or "subscription" not in last.input:
        return None
    wanted = [last.input | {"subscription": number} for number in numbers if number != last.input["subscription"]]
    if not wanted:
        return None
    rest = [Understood(outcome=Outcome.ACTION, action=last.action, args=args) for args in wanted[1:]]
    return [*propose(turn, last.action, wanted[0]), *later_on(turn, rest)]


def _the_other(turn: Turn, proposal: Proposal) -> list[Block] | None:
    """What else could have been meant by the proposal: the only other record, or a question among them."""
    action, args = turn.action(proposal.action), dict(proposal.input)
    if proposal.action == PAY:
        paid = args.pop("invoices", [])
        others = [i.number for i in turn.account.payable if i.number not in paid]
        shown = [number for number in others if number in turn.memory.invoices] or others
        if len(shown) == 1:
            return propose(turn, PAY, args | {"invoices": shown})
        return ask_slot(turn, action, "invoices", args)
    return ask_slot(turn, action, "subscription", args) if args.pop("subscription", None) else None


def _once_more(turn: Turn, proposal: Proposal | None) -> list[Block] | None:
    """The proposal that is open, shown again, or what was done last."""
    if proposal is not None:
        return propose(turn, proposal.action, proposal.input)
    for message in _said(turn):
        for block in load_blocks(message.blocks):
            if isinstance(block, Receipt):
                return [text(f"{block.title}.".replace("..", ".")), block.model_copy(update={"undo": None})]
            if not isinstance(block, Proposal):
                return None
    return None


def _last_proposal(turn: Turn) -> Proposal | None:
    blocks = (block for message in _said(turn) for block in load_blocks(message.blocks))
    return next((block for block in blocks if isinstance(block, Proposal)), None)


def _said(turn: Turn) -> list[Message]:
    with turn.contexts.open(turn.actor, turn.channel) as ctx:
        return said_lately(ctx, turn, LOOKED_AT)
