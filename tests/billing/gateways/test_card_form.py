"""The card form and the bank's page in a browser, by keyboard and with mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from billing.gateways.base import ChargeResult, ChargeStatus
from billing.gateways.card_form import card_form_config
from billing.gateways.stripe import StripeGateway
from tests.billing.gateways.running import PUBLISHABLE_KEY, RunningSandbox

Pay = Callable[..., ChargeResult]
pytestmark = pytest.mark.e2e

FAKE_STRIPE = """
window.asked = [];
window.Stripe = (key) => ({
  elements: () => ({
    create: (kind) => ({ kind, mount: (frame) => { frame.textContent = kind; }, on: () => {}, focus: () => {},
                         clear: () => {}, unmount: () => {} }),
  }),
  createPaymentMethod: async (given) => {
    window.asked.push([key, given.type, given.card.kind]);
    return window.refusal ? { error: window.refusal } : { paymentMethod: {
      id: "pm_from_stripe", card: { brand: "visa", last4: "4242", exp_month: 4, exp_year: 2031 } } };
  },
  confirmCardSetup: async (secret, given) => {
    window.asked.push([key, secret, given.payment_method.card.kind]);
    return { setupIntent: { id: "seti_1", payment_method: "pm_from_stripe" } };
  },
});
"""


@pytest.fixture
def form(page: Page, sandbox: RunningSandbox) -> Page:
    page.goto(f"{sandbox.base}/static/card.html?key={PUBLISHABLE_KEY}")
    return page


def fill(page: Page, number: str, expiry: str = "0431", cvc: str = "123") -> None:
    """Types a card as a person does, by keyboard alone, and presses Enter."""
    page.get_by_label("Card number").focus()
    page.keyboard.type(number)
    page.keyboard.press("Tab")
    page.keyboard.type(expiry)
    page.keyboard.press("Tab")
    page.keyboard.type(cvc)
    page.keyboard.press("Enter")


def test_a_card_becomes_a_payment_method_that_pays(form: Page, pay: Pay) -> None:
    fill(form, "5555555555554444")

    made = form.locator("#made")
    expect(made).to_have_text(re.compile(r"mastercard 4444: pm_\w+"))
    expect(form.get_by_label("Card number")).to_have_value("5555 5555 5555 4444")
    expect(form.get_by_label("Expires")).to_have_value("04 / 31")
    assert pay(str(made.text_content()).split(": ")[1]).status is ChargeStatus.SUCCEEDED


def test_browsers_and_screen_readers_know_the_fields(form: Page) -> None:
    for label, autocomplete in (("Card number", "cc-number"), ("Expires", "cc-exp"), ("Security code", "cc-csc")):
        field = form.get_by_label(label, exact=True)
        expect(field).to_have_attribute("autocomplete", autocomplete)
        expect(field).to_have_attribute("inputmode", "numeric")


@pytest.mark.parametrize(
    ("card", "label", "words"),
    [
        (("4242424242424241",), "Card number", "isn't complete or has a typo"),
        (("",), "Card number", "Enter the card number."),
        (("4242424242424242", "13/31"), "Expires", "such as 04 / 29"),
        (("4242424242424242", "0120"), "Expires", "This card has ended"),
        (("4242424242424242", "0431", "12"), "Security code", "3 digits on the back"),
        (("378282246310005", "0431", "123"), "Security code", "4 digits on the front"),
    ],
)
def test_a_mistake_is_told_at_its_field(
    form: Page, sandbox: RunningSandbox, card: tuple[str, ...], label: str, words: str
) -> None:
    fill(form, *card)

    field = form.get_by_label(label, exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(form.locator(f"#{field.get_attribute('aria-describedby')}")).to_contain_text(words)
    expect(form.locator("#made")).to_be_empty()


def test_a_mistake_in_the_last_field_does_not_swallow_the_click(form: Page) -> None:
    form.set_viewport_size({"width": 390, "height": 844})
    form.get_by_label("Card number").fill("4242424242424242")
    form.get_by_label("Expires").fill("0120")

    form.get_by_role("button", name="Make a payment method").click()

    expect(form.get_by_text("This card has ended. Use another card.")).to_be_visible()
    expect(form.get_by_text("Enter the 3 digits on the back of the card.")).to_be_visible()


def test_a_card_that_is_no_test_card_is_told_in_plain_words(form: Page) -> None:
    fill(form, "4111111111111111")

    expect(form.get_by_role("alert")).to_contain_text("Practice mode only takes test cards.")


def test_a_service_that_does_not_answer_is_told(form: Page, sandbox: RunningSandbox) -> None:
    sandbox.switch(faults=[{"kind": "cut_before", "on": "POST /v1/payment_methods"}])

    fill(form, "4242424242424242")

    expect(form.get_by_role("alert")).to_have_text(
        "The payment service did not answer. Nothing was taken. Try again in a moment."
    )
    form.get_by_role("button", name="Make a payment method").click()
    expect(form.locator("#made")).to_contain_text("visa 4242")


def test_a_form_that_appears_later_mounts_itself(form: Page, sandbox: RunningSandbox) -> None:
    form.evaluate(
        """([key, base]) => {
            document.body.innerHTML = `<div id="later" data-parley-card data-publishable-key="${key}"
                data-api-base="${base}"></div>`;
        }""",
        [PUBLISHABLE_KEY, sandbox.base],
    )
    expect(form.get_by_label("Card number")).to_be_visible()
    fill(form, "4242424242424242")

    made = form.evaluate("ParleyCard.of('#later').createPaymentMethod()")

    assert made["ok"] is True
    assert (made["brand"], made["last4"], made["expMonth"], made["expYear"]) == ("visa", "4242", 4, 2031)


def test_the_bank_is_answered_by_keyboard(
    page: Page, sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay
) -> None:
    back = f"{sandbox.base}/static/card.html?payment=1"
    waiting = pay("pm_card_authenticationRequired", return_url=back)
    page.goto(str(waiting.redirect_url))
    expect(page.get_by_role("heading", name="Pay €528.01?")).to_be_visible()
    expect(page.get_by_text("Visa ending 3184")).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Yes, pay €528.01")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="No, stop this payment")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(re.escape(back) + ".*redirect_status=succeeded"))
    assert gateway.retrieve_charge(waiting.gateway_payment_id).status is ChargeStatus.SUCCEEDED
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="You have answered already")).to_be_visible()


def test_a_card_is_saved_through_the_bank(
    form: Page, sandbox: RunningSandbox, gateway: StripeGateway, customer: str
) -> None:
    setup = gateway.create_setup_intent(customer, "setup-1")
    back = f"{sandbox.base}/static/card.html?saved=1"
    fill(form, "4000002500003155")
    expect(form.locator("#made")).to_contain_text("3155")
    form.evaluate(
        "([secret, back]) => { ParleyCard.of('#card').confirmSetup(secret, back); }", [setup.client_secret, back]
    )

    form.get_by_role("button", name="Yes, save this card").click()

    form.wait_for_url(re.compile(re.escape(back) + ".*redirect_status=succeeded"))
    assert [card.last4 for card in gateway.list_payment_methods(customer)] == ["3155"]


def test_with_a_real_account_the_same_interface_stands_on_stripes_script(page: Page, sandbox: RunningSandbox) -> None:
    script = card_form_config("pk_live_key", sandbox_base=None).script.read_text()
    page.goto(f"{sandbox.base}/static/card.html?key={PUBLISHABLE_KEY}")
    loaded: list[str] = []

    def answer(route: Route) -> None:
        loaded.append(route.request.url)
        route.fulfill(content_type="text/javascript", body=FAKE_STRIPE)

    page.route("https://js.stripe.com/**", answer)
    page.evaluate("document.body.innerHTML = '<div id=\"card\"></div>'; delete window.ParleyCard")
    page.add_script_tag(content=script)
    assert loaded == []

    page.evaluate("ParleyCard.mount(document.getElementById('card'), { publishableKey: 'pk_live_key', apiBase: '' })")
    made = page.evaluate("ParleyCard.of('#card').createPaymentMethod()")
    saved = page.evaluate("ParleyCard.of('#card').confirmSetup('seti_1_secret_x', 'http://127.0.0.1/')")

    assert loaded == ["https://js.stripe.com/v3/"]
    assert made == {
        "ok": True,
        "paymentMethod": "pm_from_stripe",
        "brand": "visa",
        "last4": "4242",
        "expMonth": 4,
        "expYear": 2031,
    }
    assert saved == {"ok": True, "setupIntent": "seti_1", "paymentMethod": "pm_from_stripe"}
    assert page.evaluate("window.asked") == [
        ["pk_live_key", "card", "cardNumber"],
        ["pk_live_key", "seti_1_secret_x", "cardNumber"],
    ]
    page.evaluate("window.refusal = { type: 'card_error', code: 'card_declined', message: 'no' }")
    refused = page.evaluate("ParleyCard.of('#card').createPaymentMethod()")
    assert (refused["ok"], refused["code"]) == (False, "card_declined")
    expect(page.get_by_text("Your bank declined this card. Nothing was taken.")).to_be_visible()
