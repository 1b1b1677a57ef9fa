"""Reads everything that a request names: records, amounts, seats, stars, days. Each reader masks what it has read."""

from __future__ import annotations

from collections.abc import Callable

from chat.understanding import bounds, invoices, others, persons, quantities, steps, things
from chat.understanding.account import Account, Shown
from chat.understanding.cards import read_card
from chat.understanding.details import take_details
from chat.understanding.mentions import Mentions
from chat.understanding.periods import read_period
from chat.understanding.wording import mend


def named_subscriptions(text: str, account: Account) -> list[str]:
    """The numbers of all subscriptions that the words name."""
    return list(dict.fromkeys(read_mentions(text, account, Shown()).subscriptions))


def read_mentions(request: str, account: Account, shown: Shown, mended: Callable[[str], str] = str) -> Mentions:
    """Reads one request. Numbers that aren't the account's are kept as they were written.

    `mended` puts typing errors in a word right; names that the account knows are left alone.
    """
    names, offered = account.names, account.offered

    def spelled(word: str) -> str:
        meant = word if word in names else mended(word)
        return mend(word, names, offered) if meant == word else meant

    request, emails = persons.take_emails(request)
    request, vat_number = persons.take_vat_number(request)
    request, details = take_details(request)
    mentions = quantities.begin(request, spelled)
    mentions.details = {name: said for name, said in details.items() if (name, said) != ("country", account.country)}
    mentions.emails, mentions.vat_number = emails, vat_number
    persons.read_colleagues(mentions, account)
    others.read_numbers(mentions, account)
    read_card(mentions, account)
    things.read_work(mentions, account)
    things.read_people(mentions, account)
    read_period(mentions, account.today)
    things.read_add_ons(mentions, account)
    bounds.read_bounds(mentions, account)
    invoices.read_partial_numbers(mentions, account)
    quantities.read_rating(mentions)
    quantities.read_amount(mentions, account)
    quantities.read_currency(mentions)
    quantities.read_days(mentions, account)
    things.read_billed_step(mentions, account)
    invoices.read_descriptions(mentions, account, shown)
    quantities.read_seats(mentions)
    others.read_plan(mentions, account)
    others.read_shown_payment(mentions, shown)
    others.read_subscription(mentions, account, shown)
    quantities.read_bare_seats(mentions, account)
    steps.read_step(mentions, account)
    steps.read_more_of_shown(mentions, account, shown)
    invoices.read_group(mentions, account, shown)
    invoices.read_exclusions(mentions, account)
    quantities.read_words(mentions)
    things.mask_milestone(mentions)
    return mentions
