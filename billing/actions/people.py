"""Who signs in for an account: inviting a colleague, what they may do, taking somebody off, a lost phone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from billing.auth.memberships import ROLE_WORDS, check_newcomer, let_in, people_of, shown_name
from billing.auth.second_factor import reset_codes
from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.people import Contact, Membership
from billing.references import Colleague, GivenName, NewEmail
from billing.registry import Audience, Role, Ungated, action

PAGE = "/account"


class May(StrEnum):
    """What a person may do for the account."""

    VIEW = "view"
    PAY = "pay"
    OWN = "own"


ROLES = {May.VIEW: Role.VIEWER, May.PAY: Role.BILLING, May.OWN: Role.OWNER}


class Invitee(BaseModel):
    """Who is invited, and what they may do. Without a name, one is made from the address until they are asked."""

    email: NewEmail
    may: May = May.VIEW
    name: GivenName = ""


class PersonChanged(BaseModel):
    """Who it is about, in a sentence."""

    email: str
    sentence: str


@dataclass(frozen=True)
class Inviting:
    effect: Effect


def plan_invitation(ctx: Context, input: Invitee) -> Inviting:
    """Raises already_here, enough_people, and invalid_input for an address that can't be a customer's."""
    check_newcomer(ctx, ctx.customer, input.email)
    facts = (
        EffectFact(label="May", value=ROLE_WORDS[ROLES[input.may]]),
        EffectFact(label="Gets", value="an email that says how to sign in"),
    )
    title = f"Invite {input.name or input.email} to {ctx.customer.name}"
    return Inviting(Effect(title=title, facts=facts, confirm="Invite"))


@action(
    "people.invite",
    title="Invite a colleague",
    help="Let somebody sign in for your account, and say what they may do.",
    role=Role.OWNER,
    gate="manage_people",
    audience=Audience.BOTH,
    page=PAGE,
    slash="/invite",
    icon="user-plus",
    phrases=("invite {email}", "add a colleague", "give {email} access to our account"),
    plan=plan_invitation,
    audit="{actor} invited {email} ({may}).",
)
def invite_person(ctx: Context, input: Invitee, plan: Inviting) -> PersonChanged:
    """Lets them in, and mails them how to sign in."""
    person = let_in(ctx, ctx.customer, input.email, input.name, ROLES[input.may])
    ctx.emit("person.invited", "profile", email=person.email)
    return PersonChanged(email=person.email, sentence=f"{person.email} gets an email that says how to sign in.")


class NewRole(BaseModel):
    """Whose role changes, and to what."""

    person: Colleague
    may: May


@dataclass(frozen=True)
class Someone:
    """A person of the account and what they may do there until now."""

    person: Contact
    membership: Membership
    effect: Effect

    @property
    def name(self) -> str:
        """What their colleagues call them."""
        return shown_name(self.person, self.membership)


def plan_role(ctx: Context, input: NewRole) -> Someone:
    """Raises unknown_person, nothing_to_change and last_owner."""
    person, membership = _colleague(ctx, input.person)
    role = ROLES[input.may]
    if membership.role == role:
        raise PortalError("nothing_to_change", field="may", thing=shown_name(person, membership))
    if role is not Role.OWNER:
        _must_not_be_last(ctx, person, membership)
    facts = (
        EffectFact(label="Until now", value=ROLE_WORDS[Role(membership.role)]),
        EffectFact(label="From now on", value=ROLE_WORDS[role]),
    )
    effect = Effect(
        title=f"Change what {shown_name(person, membership)} may do", facts=facts, confirm="Change", decline="Keep it"
    )
    return Someone(person, membership, effect)


@action(
    "people.change_role",
    title="Change what a colleague may do",
    help="Say whether somebody only looks, also pays, or also decides who signs in.",
    role=Role.OWNER,
    gate="manage_people",
    audience=Audience.BOTH,
    page=PAGE,
    slash="/role",
    icon="user-cog",
    phrases=("let {colleague} pay too", "{colleague} should only look", "make {colleague} an owner"),
    plan=plan_role,
    audit="{actor} changed what {person} may do: {may}.",
)
def change_role(ctx: Context, input: NewRole, plan: Someone) -> PersonChanged:
    """Holds from their next click on."""
    plan.membership.role = ROLES[input.may]
    ctx.session.add(plan.membership)
    ctx.emit("person.changed", "profile", email=plan.person.email, person=plan.name)
    words = ROLE_WORDS[ROLES[input.may]]
    return PersonChanged(email=plan.person.email, sentence=f"{plan.name} {words} from now on.")


class WhichPerson(BaseModel):
    """Whom of the account it is about."""

    person: Colleague


def plan_removal(ctx: Context, input: WhichPerson) -> Someone:
    """Raises unknown_person and last_owner."""
    person, membership = _colleague(ctx, input.person)
    _must_not_be_last(ctx, person, membership)
    yours = ctx.actor.kind == "contact" and ctx.actor.id == person.id
    facts = (
        EffectFact(label="Until now", value=ROLE_WORDS[Role(membership.role)]),
        EffectFact(label="Ends", value="at once, on every device"),
        EffectFact(label="Stays", value="what they did, with their name"),
    )
    warning = "You take yourself off. Somebody else would have to invite you again." if yours else ""
    title = f"Take {shown_name(person, membership)} off {ctx.customer.name}"
    effect = Effect(
        title=title,
        facts=facts,
        confirm="Take off",
        decline=f"Keep {shown_name(person, membership)}",
        warning=warning,
        danger=True,
    )
    return Someone(person, membership, effect)


@action(
    "people.remove",
    title="Take a colleague off",
    help="End somebody's access to your account.",
    role=Role.OWNER,
    gate="manage_people",
    audience=Audience.BOTH,
    page=PAGE,
    slash="/remove-person",
    icon="user-minus",
    phrases=("remove {colleague} from our account", "{colleague} has left us", "end the access of {colleague}"),
    plan=plan_removal,
    audit="{actor} took {email} off the account.",
)
def remove_person(ctx: Context, input: WhichPerson, plan: Someone) -> PersonChanged:
    """Ends their access at once; other accounts that they sign in for stay theirs."""
    ctx.session.delete(plan.membership)
    ctx.emit("person.removed", "profile", email=plan.person.email, person=plan.name)
    sentence = f"{plan.name} can no longer open the account of {ctx.customer.name} here."
    return PersonChanged(email=plan.person.email, sentence=sentence)


def plan_code_reset(ctx: Context, input: WhichPerson) -> Someone:
    """Raises unknown_person and uses_no_code."""
    person, membership = _colleague(ctx, input.person)
    if not person.mfa_secret:
        raise PortalError("uses_no_code", field="person", name=shown_name(person, membership))
    facts = (
        EffectFact(label="Ends", value="the code from their app, their recovery codes, every sign-in"),
        EffectFact(label="Stays", value="their password, which alone signs them in"),
        EffectFact(label="Gets", value=f"an email at {person.email} that says so"),
    )
    warning = "Be sure that it is them: whoever has their password signs in without a code from then on."
    title = f"Turn codes at sign-in off for {shown_name(person, membership)}"
    effect = Effect(
        title=title, facts=facts, confirm="Turn codes off", decline="Keep codes", warning=warning, danger=True
    )
    return Someone(person, membership, effect)


@action(
    "people.reset_code",
    title="Let somebody in without a code",
    help="For who has lost phone and recovery codes: ends their codes and signs them out everywhere.",
    role=Role.AGENT,
    gate=Ungated("who has lost their phone can get back in by nobody else"),
    audience=Audience.STAFF,
    page=PAGE,
    slash="/reset-code",
    icon="key-round",
    phrases=("{colleague} lost their phone", "turn codes off for {colleague}", "reset the codes of {colleague}"),
    plan=plan_code_reset,
    audit="{actor} turned codes at sign-in off for {email}.",
)
def reset_code(ctx: Context, input: WhichPerson, plan: Someone) -> PersonChanged:
    """Ends their second factor and their sessions, also for their other accounts."""
    reset_codes(ctx, plan.person)
    ctx.emit("person.code_reset", "profile", email=plan.person.email)
    sentence = f"{plan.name} signs in with the password alone, and can turn codes on again."
    return PersonChanged(email=plan.person.email, sentence=sentence)


def _colleague(ctx: Context, email: str) -> tuple[Contact, Membership]:
    found = next(((p, m) for p, m in people_of(ctx, ctx.customer) if p.email == email), None)
    if found is None:
        raise PortalError("unknown_person", field="person", email=email)
    return found


def _must_not_be_last(ctx: Context, person: Contact, membership: Membership) -> None:
    """Raises last_owner: somebody has to be able to let others in."""
    owners = [m for _, m in people_of(ctx, ctx.customer) if m.role >= Role.OWNER and not m.invited_as]
    if membership in owners and len(owners) == 1:
        raise PortalError("last_owner", field="person", name=shown_name(person, membership))
