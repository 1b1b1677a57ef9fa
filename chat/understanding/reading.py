"""From one message to what to do about it: the requests in it, each with its action and input."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace

from billing.registry import Action, Audience
from chat.understanding.account import Account, Shown
from chat.understanding.asides import asides, sharing_a_verb
from chat.understanding.candidates import as_things_stand
from chat.understanding.comparing import fill_comparison
from chat.understanding.deciding import (
    ASIDE,
    LIKE_TALK,
    MAYBE,
    NEAR,
    NEARLY_SAID,
    PERSON,
    SAID,
    SURE,
    USES,
    confidence_of,
    heard,
    only_asked,
    rivals_of,
    unread_figure,
    unread_invoice,
)
from chat.understanding.denials import (
    CREDIT_ASIDE,
    DENIAL,
    GIVEN_BACK,
    NEGATED,
    NO_CHANGE,
    NO_PERSON,
    NOT_A_BOT,
    is_negated,
)
from chat.understanding.following import for_others, shown_after
from chat.understanding.intents import Guess, IntentScorer, scorer_for
from chat.understanding.invoices import of_month
from chat.understanding.joining import (
    beside,
    by_the_way,
    is_grumble,
    is_remark,
    only_hints_at,
    says_something,
    stands_alone,
    without_repeats,
)
from chat.understanding.meaning import Answer, Outcome, Talk, Understood
from chat.understanding.mentions import Mentions
from chat.understanding.naming import read_mentions
from chat.understanding.phrases import OTHER, action_of, our_phrases, refers_to
from chat.understanding.questions import another_day, ask_for, command_of, told_wrong
from chat.understanding.slash import read_command
from chat.understanding.slots import fill
from chat.understanding.splitting import clauses, sentences
from chat.understanding.supposed import left_alone, not_yet, nothing_done, only_supposed, what_became
from chat.understanding.supposing import Framed, Manner, framed
from chat.understanding.wording import spell_out

RENEWAL, RENEWAL_OF_ONE = "subscriptions.list#renewal", "subscriptions.show"
_BILL = re.compile(r"\b(?:invoices?|bills?)\b")
_BACK_TO = re.compile(r" back (?:on)?to (?:the )?\{plan\}")  # another plan, and nothing that is undone
_SEVERAL = re.compile(r"(?:both )?\{subscription\}(?:(?:,? and|,|,? or| &) (?:the |my |our )?\{subscription\})+")
_BLANKS = re.compile(r"\s{4,}")  # a run of thousands would keep the patterns busy for minutes


def understand(
    text: str,
    catalogue: Iterable[Action],
    account: Account,
    shown: Shown | None = None,
    scorer: IntentScorer | None = None,
) -> list[Understood]:
    """What a message asks for, request by request, in order; never empty.

    A message with a negation never becomes a change. `shown` are the records of the conversation that "it" and "them"
    stand for. `scorer` may replace the lexical one.
    """
    actions = tuple(a for a in catalogue if a.audience is not Audience.STAFF or account.staff)
    stripped = _BLANKS.sub(lambda found: "\n\n" if "\n" in found[0] else "  ", text.strip())
    if stripped.startswith("/"):
        return [read_command(stripped, actions, account, shown or Shown())]
    reader = _Reader(actions, account, shown or Shown(), scorer or scorer_for(actions))
    return reader.read(stripped[:4000])


class _Reader:
    """Reads one message; what an earlier request names is what "it" stands for in the next."""

    def __init__(self, actions: tuple[Action, ...], account: Account, shown: Shown, scorer: IntentScorer) -> None:
        self.actions = {a.id: a for a in actions}
        self.account = account
        self.shown = shown
        self.scorer = scorer

    def read(self, message: str) -> list[Understood]:
        found = [(part, one) for part in sentences(message) for one in self._sentence(part)]
        asked = next((one for _, one in found if one.outcome is Outcome.HANDOFF), None)
        if asked:
            if asked.about or len(found) > 1:
                asked.args.update(self._reason(message))
            return [asked]
        found = without_repeats(self._with_words(found))
        kept = [(p, one) for p, one in found if not by_the_way(p, one, [other for _, other in found])]
        said = {self.actions[one.action].slash for _, one in kept if one.action and one.outcome is Outcome.ACTION}
        kept = [(p, one) for p, one in kept if not only_hints_at(one, said)]
        return beside([one for _, one in kept]) or [Understood(outcome=Outcome.OUT_OF_SCOPE)]

    def _reason(self, message: str) -> dict[str, str]:
        return {"reason": message} if "reason" in self.actions[PERSON].input.model_fields else {}

    def _with_words(self, found: list[tuple[str, Understood]]) -> list[tuple[str, Understood]]:
        """Sentences after a rating that ask for nothing are its words."""
        kept: list[tuple[str, Understood]] = []
        for part, one in found:
            before = kept[-1][1] if kept else None
            reasoned = before and before.action and self._takes_reason(before)
            told = (is_remark(one) or is_grumble(part, one)) and says_something(part)
            if before and reasoned and told and one.talk is None and not part.rstrip().endswith("?"):
                before.args["reason"] = f"{before.args.get('reason', '')} {part}".strip()
            elif before and before.args.get("rating") and is_remark(one):
                before.args["words"] = f"{before.args.get('words', '')} {part}".strip()
            elif before and is_remark(before) and one.args.get("rating") and "words" not in one.args:
                one.args["words"] = kept.pop()[0]
                kept.append((part, one))
            else:
                kept.append((part, one))
        return kept

    def _takes_reason(self, one: Understood) -> bool:
        action = self.actions[one.action or ""]
        return action.changes and action.id != PERSON and "reason" in action.input.model_fields

    def _sentence(self, sentence: str) -> list[Understood]:
        read = self._clauses(sentence)
        return [each for one in read for each in self._for_each(one)]

    def _for_each(self, one: Understood) -> list[Understood]:
        """A request for several records is one for each of them."""
        others = [one.model_copy(update={"args": args, "also": []}) for args in one.also]
        return [one, *others]

    def _clauses(self, sentence: str) -> list[Understood]:
        if frame := framed(sentence):
            return [self._framed(sentence, frame)]
        if shared := self._sharing_a_verb(sentence):
            return shared
        parts = clauses(sentence)
        if len(parts) > 1:
            before = self.shown
            read = [self._request(part) for part in parts]
            if all(stands_alone(one) for one in read):
                return read
            self.shown = before
            whole = self._request(sentence)
            if whole.outcome in (Outcome.ACTION, Outcome.HANDOFF) or not any(
                one.outcome is Outcome.ACTION for one in read
            ):
                return [whole]
            self.shown = before
            return [self._request(part) for part in parts]
        return [self._among_asides(sentence)]

    def _sharing_a_verb(self, sentence: str) -> list[Understood]:
        """Two changes of two subscriptions under one verb; nothing where it reads otherwise."""
        before = self.shown
        read = [self._request(part) for part in sharing_a_verb(sentence)]
        both = {one.args.get("subscription") for one in read if one.outcome is Outcome.ACTION and self._changes(one)}
        if len(both - {None}) == 2:
            return read
        self.shown = before
        return []

    def _among_asides(self, sentence: str) -> Understood:
        """The request of a sentence; where that is none as a whole, the only one between its commas."""
        before, whole = self.shown, self._request(sentence)
        if whole.outcome is not Outcome.OUT_OF_SCOPE or whole.topic:
            return whole
        found = []
        for part in asides(sentence):
            one = self._request(part)
            named = read_mentions(part, self.account, self.shown, self.scorer.mended).subscriptions
            if one.action and (one.confidence >= ASIDE or one.outcome is Outcome.HANDOFF):
                found.append(one)
            elif len(named) == 1:
                self.shown = replace(self.shown, subscriptions=(named[0],), last="subscription")
        if len(found) == 1:
            return found[0]
        self.shown = before
        return whole

    def _request(self, request: str) -> Understood:
        frame = framed(request)
        return self._framed(request, frame) if frame else self._asked(request)

    def _framed(self, request: str, frame: Framed) -> Understood:
        """A sentence that speaks of a change: as what it asks about it, and never as the change."""
        if frame.manner is Manner.DONE:
            whole = self._asked(request)
            if whole.action and not self._changes(whole):
                return whole
        meant = self._asked(frame.change)
        if not self._changes(meant) and not meant.refused:
            meant = self._asked(request)
        if not self._changes(meant) and not meant.refused:
            return meant
        action = self.actions[meant.action] if meant.action else None
        if frame.manner is Manner.DONE or action is None or meant.refused:
            mentions = read_mentions(request, self.account, self.shown, self.scorer.mended)
            return what_became(meant, mentions, self.actions, self.account)
        return only_supposed(meant, action) if frame.manner is Manner.IF else not_yet(meant, action)

    def _changes(self, one: Understood) -> bool:
        return one.action is not None and one.action != PERSON and self.actions[one.action].changes

    def _asked(self, request: str) -> Understood:
        mentions = read_mentions(request, self.account, self.shown, self.scorer.mended)
        nothing = not re.search(r"\w", mentions.text) or mentions.text.strip(" .!?") in ("{email}", "{colleague}")
        if nothing and not mentions.words:
            return Understood(outcome=Outcome.OUT_OF_SCOPE)
        guesses = self._rank(mentions)
        best = guesses[0]
        if best.label.startswith("talk."):
            return self._small_talk(best, request, mentions)
        if best.label == OTHER or (heard(guesses, self.actions) < MAYBE and best.nearest < SAID) or best.nearest < NEAR:
            ours = max((g.score for g in guesses if g.label != OTHER), default=0.0)
            return Understood(outcome=Outcome.OUT_OF_SCOPE, confidence=round(max(0.0, 0.99 - ours), 3))
        if best.label.startswith("later."):
            return self._later(best)
        rivals = rivals_of(guesses, self.actions) or only_asked(guesses, mentions, self.actions)
        if is_negated(mentions, best.label) and any(self.actions[action_of(g.label)].changes for g in rivals):
            return nothing_done(confidence_of(best.score, best.nearest))
        if rivals:
            return self._which(rivals, mentions)
        return self._action(best, mentions)

    def _rank(self, mentions: Mentions) -> list[Guess]:
        text = CREDIT_ASIDE.sub(" ", mentions.text)
        if re.search(r"\b(?:cancel|end|stop|terminate)\b", text):
            text = GIVEN_BACK.sub("", text)
        guesses = self._weighed(text, mentions)
        stands = guesses[0].label.startswith(("talk.", "later.", PERSON))
        if is_negated(mentions, guesses[0].label) and (not stands or NO_CHANGE.search(text)):
            return self._weighed(DENIAL.sub(" ", text), mentions)
        if guesses[0].label.startswith("talk.") and guesses[0].nearest < LIKE_TALK:
            guesses = [g for g in guesses if not g.label.startswith("talk.")]
        return guesses

    def _weighed(self, text: str, mentions: Mentions) -> list[Guess]:
        """The guesses, those lowered whose action has no use for what is named."""
        text = _SEVERAL.sub("{subscription}", _BACK_TO.sub(" to {plan}", text))
        named = [kind for kind in USES if f"{{{kind}}}" in mentions.text]
        guesses = []
        for guess in self.scorer.rank(text):
            action = self.actions.get(action_of(guess.label))
            if guess.label == "later.order" and _BILL.search(text):
                guess = replace(guess, score=guess.score * 0.5)
            if action and named:
                uses = {refers_to(action, name) for name in action.input.model_fields}
                uses |= {"invoice"} if "credit" in uses else set()
                uses |= {"milestone"} & set(action.input.model_fields)
                uses |= {"email", "colleague"} if {"email", "colleague"} & uses else set()
                lost = sum(kind not in uses for kind in named)
                guess = replace(guess, score=max(0.0, guess.score - 0.15 * lost))
            guesses.append(guess)
        return sorted(guesses, key=lambda g: (g.nearest < SAID, -(g.score + 0.15 * g.nearest), g.label))

    def _small_talk(self, best: Guess, request: str, mentions: Mentions) -> Understood:
        kind = Talk(best.label.removeprefix("talk."))
        if kind is Talk.YES and NEGATED.search(spell_out(request)):
            kind = Talk.NO
        return Understood(outcome=Outcome.CLARIFY, talk=kind, confidence=confidence_of(best.score, best.nearest))

    def _later(self, best: Guess) -> Understood:
        sentence = our_phrases().sentences[best.label].format(business=self.account.business)
        if best.score < SURE and best.nearest < NEARLY_SAID:
            return Understood(outcome=Outcome.OUT_OF_SCOPE, confidence=confidence_of(best.score, best.nearest))
        return Understood(
            outcome=Outcome.OUT_OF_SCOPE,
            topic=best.label.removeprefix("later."),
            question=sentence,
            choices=[Answer(label="Talk to a person", send="I want to talk to a person")],
            confidence=confidence_of(best.score, best.nearest),
        )

    def _which(self, rivals: list[Guess], mentions: Mentions) -> Understood:
        """Asks which one is meant; each answer keeps what the request names."""
        actions = [self.actions[action_of(g.label)] for g in rivals]
        titles = " or ".join(f"“{a.title}”" for a in actions)
        question = (
            f"Do you mean {titles}?" if len(actions) > 1 else f"I am not sure that I understand. Do you mean {titles}?"
        )
        return Understood(
            outcome=Outcome.CLARIFY,
            question=question,
            choices=[Answer(label=a.title, send=self._command(a, mentions)) for a in actions],
            confidence=confidence_of(rivals[0].score, rivals[0].nearest),
        )

    def _command(self, action: Action, mentions: Mentions) -> str:
        filled = fill(action, deepcopy(mentions), self.account, self.shown)
        return action.slash if filled.problem else command_of(action, filled.args)

    def _action(self, best: Guess, mentions: Mentions) -> Understood:
        action = self.actions[action_of(best.label)]
        negated = is_negated(mentions, action.id)
        sure = confidence_of(best.score, best.nearest)
        if action.id == PERSON:
            refused = NO_PERSON.search(mentions.text) and best.label == PERSON and not NOT_A_BOT.search(mentions.text)
            if not refused:
                return Understood(outcome=Outcome.HANDOFF, action=PERSON, confidence=sure, about=_about(best))
        if negated and action.changes:
            return left_alone(action, mentions, sure)
        if best.label == RENEWAL and len(mentions.subscriptions) == 1 and RENEWAL_OF_ONE in self.actions:
            action, best = self.actions[RENEWAL_OF_ONE], replace(best, label=RENEWAL_OF_ONE)
        if best.label == "invoices.list" and (single := self._of_one_month(mentions)):
            action, mentions.invoices = single, [of_month(mentions.months[0], self.account)[0].number]
        filled = fill(action, mentions, self.account, self.shown)
        fitting = self.actions.get(as_things_stand(action.id, filled.args, self.account), action)
        if fitting is not action:
            action, filled = fitting, fill(fitting, mentions, self.account, self.shown)
        about, compare_with = _about(best), ""
        if about == "compare":
            compare_with = fill_comparison(filled, mentions, self.account, self.shown)
        if (mentions.excluded or mentions.kept) and not filled.args:
            return left_alone(action, mentions, sure)
        if filled.problem:
            return told_wrong(action, filled.problem_field, filled.args, filled.problem, self.account, sure)
        if filled.missing or (filled.unclear and action.changes and not filled.args.get("invoices")):
            return self._missing(action, mentions, filled.args, filled.missing or ["invoices"], filled.unclear, sure)
        if "amount" in action.input.model_fields and (unread := unread_figure(mentions, filled.args)):
            said = f"How much do you want to pay? I am not sure what {unread} stands for."
            return told_wrong(action, "amount", filled.args, said, self.account, sure)
        if "invoices" in filled.args and (unread := unread_invoice(mentions)):
            said = f"Which invoice is the “{unread}”? Its number is enough."
            return told_wrong(action, "invoices", filled.args, said, self.account, sure)
        if action.changes and (other := another_day(action, mentions, filled.args, self.account)):
            return other.model_copy(update={"confidence": sure})
        self.shown = shown_after(self.shown, action, filled.args, self.account)
        return Understood(
            outcome=Outcome.ACTION,
            action=action.id,
            args=filled.args,
            confidence=sure,
            about=about,
            compare_with=compare_with,
            beside=mentions.fit_too if filled.args.get("number") else [],
            also=[] if about else for_others(action, mentions, filled.args),
        )

    def _of_one_month(self, mentions: Mentions) -> Action | None:
        """The action that shows one invoice, when what was asked for is what a month with one invoice was billed."""
        plural = re.search(r"\b(?:invoices|bills|all)\b", mentions.text)
        if plural or len(mentions.months) != 1 or len(of_month(mentions.months[0], self.account)) != 1:
            return None
        return self.actions.get("invoices.show")

    def _missing(
        self,
        action: Action,
        mentions: Mentions,
        args: dict[str, object],
        missing: list[str],
        unclear: list[str],
        sure: float,
    ) -> Understood:
        looks = action.id == "invoices.show" and not unclear
        if looks and mentions.amount is not None and "invoices.list" in self.actions:
            exactly = {"at_least": mentions.amount, "at_most": mentions.amount}
            return Understood(outcome=Outcome.ACTION, action="invoices.list", args=exactly, confidence=sure)
        if looks and len(mentions.text.split()) > 2 and not args:
            listing = self.actions.get("invoices.list")
            if listing and re.search(r"\b(?:invoices|bills)\b", mentions.text):
                return Understood(outcome=Outcome.ACTION, action=listing.id, confidence=sure)
        question, choices = ask_for(action, missing[0], args, unclear, self.account)
        if mentions.unknown_plan and "plan" in missing:
            question = f"There is no plan “{mentions.unknown_plan.capitalize()}” here. {question}"
        if mentions.no_step and "plan" in missing:
            question = f"{mentions.no_step} {question}"
        if mentions.bad_rating and missing[0] == "rating":
            question = "Stars go from 1 to 5. How many do you give?"
        return Understood(
            outcome=Outcome.CLARIFY, action=action.id, args=args, missing=missing,
            question=question, choices=choices, confidence=sure,
        )  # fmt: skip


def _about(guess: Guess) -> str:
    return guess.label.partition("#")[2]
