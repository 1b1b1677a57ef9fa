"""What a customer does about a declined card, by the bank's reason. The codes are Stripe's published ones."""

from __future__ import annotations

# the card holder said no to their bank, or the bank could not tell that it is them
NOT_CONFIRMED = {"authentication_failed", "payment_intent_authentication_failure"}

ADVICE = {
    "insufficient_funds": "There is not enough money on this card. Try another card.",
    "expired_card": "The card has ended. Try another card.",
    "incorrect_cvc": "The security code is not right. Check the back of the card.",
    "incorrect_number": "The card number is not right. Check it.",
    "invalid_expiry_month": "The month on the card is not right. Check it.",
    "invalid_expiry_year": "The year on the card is not right. Check it.",
    "processing_error": "The bank had a problem. Try again in a minute.",
    "issuer_not_available": "The bank did not answer. Try again in a minute.",
    "card_velocity_exceeded": "This card was used too often today. Try another card.",
    "withdrawal_count_limit_exceeded": "This card has reached its limit. Try another card.",
    "currency_not_supported": "This card can't pay in this currency. Try another card.",
    "authentication_required": "Your bank wants to ask you first. Try again and stay for its question.",
    "resource_missing": "This card is no longer known. Enter it again, or use another card.",
    "canceled": "The payment was given up before the bank agreed. You can start it again.",
}
OTHERWISE = "Try another card, or ask your bank."


def advice(code: str, reason: str) -> str:
    """The sentence for a failed charge; a lost or stolen card gets no other sentence than any declined one."""
    return ADVICE.get(reason) or ADVICE.get(code) or OTHERWISE
