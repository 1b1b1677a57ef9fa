"""The account in the browser and in the chat: the billing contact, the details, and who signs in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Chat, sign_in
from tests.fixtures.processes import RunningParley


@pytest.fixture
def ania(running_parley: RunningParley, page: Page) -> Page:
    """The owner, at her account."""
    sign_in(page, running_parley, path="/account")
    expect(page.get_by_role("heading", name="Who signs in")).to_be_visible()
    return page


def test_the_billing_contact_is_changed_by_a_form_and_back_by_a_sentence(ania: Page) -> None:
    ania.get_by_role("link", name="Change the billing email").click()
    field = ania.get_by_label("Invoices and receipts go to")
    expect(field).to_have_value("administratie@moellerkowalczyk.nl")
    field.fill("facturen@moellerkowalczyk")
    ania.get_by_role("button", name="Continue").click()
    expect(ania.get_by_role("alert").first).to_contain_text("“facturen@moellerkowalczyk” is not an email address.")
    field.fill("facturen@moellerkowalczyk.nl")
    ania.get_by_role("button", name="Continue").click()
    expect(ania.get_by_role("heading", name="Send invoices to facturen@moellerkowalczyk.nl")).to_be_visible()
    ania.get_by_role("button", name="Change email").click()
    expect(ania.get_by_text("Invoices and receipts go to facturen@moellerkowalczyk.nl from now on.")).to_be_visible()
    ania.get_by_role("link", name="See it").click()
    expect(ania.get_by_text("facturen@moellerkowalczyk.nl", exact=True)).to_be_visible()

    chat = Chat(ania).open()
    chat.say("can I change the billing contact?")
    expect(chat.log.get_by_text("Which email address?")).to_be_visible()
    chat.say("administratie@moellerkowalczyk.nl")
    chat.proposal("Send invoices to administratie@moellerkowalczyk.nl").get_by_role(
        "button", name="Change email"
    ).click()
    expect(ania.locator("#content").get_by_text("administratie@moellerkowalczyk.nl", exact=True)).to_be_visible()


def test_the_address_is_changed_by_a_form_in_the_chat_and_an_emptied_phone_number_is_taken_off(ania: Page) -> None:
    chat = Chat(ania).open()
    chat.say("we have moved")
    street = chat.log.get_by_label("Street and number")
    expect(street).to_have_value("Spaarnwouderstraat 118 zw")
    street.fill("Zijlweg 4")
    chat.log.get_by_role("button", name="See what changes").click()
    proposal = chat.proposal("Change the details of Möller & Kowalczyk Interiors B.V.")
    expect(proposal).to_contain_text("Zijlweg 4, until now Spaarnwouderstraat 118 zw")
    proposal.get_by_role("button", name="Save details").click()
    expect(ania.locator("#content").get_by_text("Zijlweg 4, 2011 AE Haarlem, Netherlands")).to_be_visible()

    ania.get_by_role("link", name="Change these details").click()
    phone = ania.get_by_role("textbox", name="Phone")
    expect(phone).to_have_value("+31 23 555 0118")
    phone.fill("")
    ania.get_by_role("button", name="Continue").click()
    expect(ania.get_by_text("none, until now +31 23 555 0118")).to_be_visible()
    ania.get_by_role("button", name="Save details").click()
    ania.get_by_role("link", name="See it").click()
    expect(ania.get_by_role("heading", name="Who signs in")).to_be_visible()
    expect(ania.get_by_text("+31 23 555 0118")).to_have_count(0)


def test_a_colleague_is_invited_may_pay_and_is_taken_off(ania: Page) -> None:
    ania.get_by_role("link", name="Invite a colleague").click()
    ania.get_by_label("Their email").fill("sanne@moellerkowalczyk.nl")
    ania.get_by_role("button", name="Continue").click()
    ania.get_by_role("button", name="Invite", exact=True).click()
    ania.get_by_role("link", name="See it").click()
    sanne = ania.locator(".li.person", has_text="sanne@moellerkowalczyk.nl")
    expect(sanne).to_contain_text("Sees everything. Invited, and has not signed in yet")

    sanne.get_by_role("link", name="Change").click()
    ania.get_by_label("What they may do").select_option(label="Also pays and changes plans")
    ania.get_by_role("button", name="Continue").click()
    ania.get_by_role("button", name="Change", exact=True).click()
    ania.get_by_role("link", name="See it").click()
    expect(sanne).to_contain_text("Sees everything, pays and changes plans")

    sanne.get_by_role("link", name="Take off").click()
    ania.get_by_role("button", name="Continue").click()
    ania.get_by_role("button", name="Take off").click()
    expect(ania.get_by_text("Sanne can no longer open the account of")).to_be_visible()
    ania.get_by_role("link", name="See it").click()
    expect(ania.get_by_role("heading", name="Who signs in")).to_be_visible()
    expect(sanne).to_have_count(0)
