"""Which language a message is in that isn't English: told by small words, where nothing else was understood."""

from __future__ import annotations

import re

_OWN = {
    "nl": (
        "aan abonnement alle ben betalen betaald bij dank dat de deze dit een en er factuur facturen geen graag "
        "hallo hebben heb heeft het hoe hoeveel ik iemand is jullie kan klopt kosten kun kunnen maar mag mens met mij "
        "mijn moet naar niet nog nu om ook op opzeggen opzegging rekening van verlengd voor waar waarom wanneer wat "
        "welke wie wil wilt wordt zijn"
    ),
    "de": (
        "auf aber bei bezahlen bezahlt bitte danke das dem den der die dieser ein eine einen für haben hallo hat ich "
        "ist jemand kann können kündigen kündigung mein meine meinen mit mir möchte muss nicht noch offen rechnung "
        "rechnungen sie sind und von wann warum was welche wer wie wieviel will wird zahlen zu"
    ),
    "fr": (
        "abonnement avec bonjour ce cette combien comment dans de des dois du est et facture factures il je la le les "
        "ma merci mes mon ne nous où pas payer peux pour pourquoi quand que quel quelle quelles qui résilier sont sur "
        "un une veux voudrais vous"
    ),
    "es": (
        "cancelar como con cuál cuándo cuánto cuánta de debo del el en es esta factura facturas gracias hay hola la "
        "las los me mi mis no pagar para por porque puedo qué que quiero suscripción tengo un una usted y"
    ),
}
_ABOUT_MONEY = (
    "abonnement betalen betaald bezahlen bezahlt bonjour combien cuándo cuánto facture factures factura facturas "
    "facturen factuur hoeveel kündigen kündigung opzeggen pagar payer pourquoi rechnung rechnungen rekening résilier "
    "suscripción waarom wanneer zahlen"
)
_ENGLISH = (
    "a about all am an and are at bill bills by can card charge did do does for from has have how i in invoice "
    "invoices is it me my no not of on or pay payment plan please show so that the this to want was what when where "
    "which who why will with you your"
)
_SURE, _COMMON = frozenset(_ABOUT_MONEY.split()), frozenset(_ENGLISH.split())
_WORDS = {language: frozenset(words.split()) for language, words in _OWN.items()}
READS_ENGLISH = {
    "nl": "Ik lees voorlopig alleen Engels.",
    "de": "Ich lese vorerst nur Englisch.",
    "fr": "Pour le moment, je ne lis que l’anglais.",
    "es": "Por ahora solo leo inglés.",
}


KEPT = {
    "nl": "Ik heb uw bericht bewaard voor de collega die hier bij u komt. Die leest alles wat u schrijft.",
    "de": "Ich habe Ihre Nachricht für die Person aufgehoben, die hier dazukommt. Sie liest alles mit.",
    "fr": "J’ai gardé votre message pour la personne qui vous rejoindra ici. Elle lit tout ce que vous écrivez.",
    "es": "He guardado su mensaje para la persona que se unirá aquí. Lee todo lo que usted escribe.",
}


def foreign_language(message: str) -> str:
    """nl, de, fr or es where the message clearly is in that language, else empty.

    Two of its small words are needed, or one word of bills and payments, and more of them than English ones.
    """
    words = re.findall(r"[^\W\d_]+", message.lower())
    best = max(_WORDS, key=lambda language: _hits(words, language))
    hits = _hits(words, best)
    english = sum(word in _COMMON for word in words)
    enough = hits >= 2 or (hits == 1 and any(word in _SURE for word in words))
    return best if enough and hits > english else ""


def _hits(words: list[str], language: str) -> int:
    return sum(word in _WORDS[language] for word in words)
