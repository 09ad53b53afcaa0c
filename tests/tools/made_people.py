"""Personal data of nobody: made from a seed, with check digits that are right. No value stands in a file."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from itertools import pairwise

import phonenumbers
from stdnum import iban, luhn, verhoeff
from stdnum.br import cpf as br_cpf
from stdnum.es import dni as es_dni
from stdnum.fr import nir as fr_nir
from stdnum.gb import nhs as gb_nhs
from stdnum.iso7064 import mod_11_10
from stdnum.it import codicefiscale

CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
FORMS = {
    "US": (
        "+1 {}{}{} {}{}{} {}{}{}{}",
        "+1-{}{}{}-{}{}{}-{}{}{}{}",
        "+1 ({}{}{}) {}{}{}-{}{}{}{}",
        "+1{}{}{}{}{}{}{}{}{}{}",
    ),
    "GB": ("+44 7{}{}{} {}{}{}{}{}{}", "+44 20 {}{}{}{} {}{}{}{}", "+447{}{}{}{}{}{}{}{}{}"),
    "DE": ("+49 151 {}{}{}{}{}{}{}{}", "+49 30 {}{}{}{}{}{}{}", "+49-89-{}{}{}{}{}{}"),
    "FR": ("+33 6 {}{} {}{} {}{} {}{}", "+336{}{}{}{}{}{}{}{}"),
    "IN": ("+91 98{}{}{} {}{}{}{}{}", "+9198{}{}{}{}{}{}{}{}"),
    "BR": ("+55 11 9{}{}{}{}-{}{}{}{}",),
}
NATIONAL_FORMS = {
    "US": ("({}{}{}) {}{}{}-{}{}{}{}", "{}{}{}-{}{}{}-{}{}{}{}"),
    "GB": ("07{}{}{} {}{}{}{}{}{}", "020 {}{}{}{} {}{}{}{}"),
    "FR": ("06 {}{} {}{} {}{} {}{}",),
}
BANKS = {
    "DE": "{18d}",
    "GB": "{4A}{14d}",
    "FR": "{23d}",
    "NL": "{4A}{10d}",
    "ES": "{20d}",
    "IT": "{1A}{22d}",
    "CH": "{17d}",
}
CARDS = (
    ("4", 16),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("3530", 16),
    ("36", 14),
)


def digits(rnd: random.Random, count: int) -> str:
    return "".join(rnd.choice(string.digits) for _ in range(count))


def capitals(rnd: random.Random, count: int) -> str:
    return "".join(rnd.choice(string.ascii_uppercase) for _ in range(count))


def word(rnd: random.Random, syllables: int) -> str:
    return "".join(rnd.choice(CONSONANTS) + rnd.choice(VOWELS) for _ in range(syllables))


def mail(rnd: random.Random) -> str:
    joint = rnd.choice(".-_+")
    ending = rnd.choice(["com", "co.uk", "de", "org", "io", "example", "com.br", "dev"])
    domain = f"{word(rnd, 3)}{rnd.choice(['', '-mail'])}.{ending}"
    return f"{word(rnd, 2)}{joint}{word(rnd, 3)}{rnd.choice(['', '7', '84'])}@{domain}"


def phone(rnd: random.Random) -> str:
    return _number(rnd, FORMS)


def national_phone(rnd: random.Random) -> str:
    return _number(rnd, NATIONAL_FORMS)


def _number(rnd: random.Random, forms: dict[str, tuple[str, ...]]) -> str:
    while True:
        country = rnd.choice(sorted(forms))
        form = rnd.choice(forms[country])
        text = form.format(*digits(rnd, form.count("{}")))
        if phonenumbers.is_valid_number(phonenumbers.parse(text, country)):
            return text


def card(rnd: random.Random) -> str:
    prefix, length = rnd.choice(CARDS)
    body = prefix + digits(rnd, length - len(prefix) - 1)
    number = body + luhn.calc_check_digit(body)
    if length == 16 and rnd.random() < 0.5:
        return rnd.choice(" -").join(number[at : at + 4] for at in range(0, 16, 4))
    return number


def bank_account(rnd: random.Random) -> str:
    return iban_of(rnd, rnd.choice(sorted(BANKS)), grouped=rnd.random() < 0.5)


def iban_of(rnd: random.Random, country: str, *, grouped: bool) -> str:
    body = ""
    for part in BANKS[country].strip("{}").split("}{"):
        body += capitals(rnd, int(part[:-1])) if part[-1] == "A" else digits(rnd, int(part[:-1]))
    number = country + iban.calc_check_digits(f"{country}00{body}") + body
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4)) if grouped else number


def ssn(rnd: random.Random) -> str:
    return f"{rnd.randint(1, 665):03}-{rnd.randint(1, 99):02}-{rnd.randint(1, 9999):04}"


def nino(rnd: random.Random) -> str:
    text = rnd.choice("ABCEGHJKLMPRSTWXYZ") + rnd.choice("ACEHJLMPRSWXY") + digits(rnd, 6) + rnd.choice("ABCD")
    text = "A" + text[1:]
    return f"{text[:2]} {text[2:4]} {text[4:6]} {text[6:8]} {text[8]}" if rnd.random() < 0.5 else text


def nhs_number(rnd: random.Random) -> str:
    while True:
        number = rnd.choice("4567") + digits(rnd, 9)
        if gb_nhs.is_valid(number):
            return f"{number[:3]} {number[3:6]} {number[6:]}" if rnd.random() < 0.5 else number


def steuer_id(rnd: random.Random) -> str:
    while True:
        ten = list("1234567890")
        rnd.shuffle(ten)
        ten[rnd.randrange(1, 10)] = ten[0]
        if ten[0] != "0" and len(set(ten)) == 9:
            body = "".join(ten)
            return body + mod_11_10.calc_check_digit(body)


def nir(rnd: random.Random) -> str:
    born = f"{rnd.randint(40, 99)}{rnd.randint(1, 12):02}"
    body = f"{rnd.randint(1, 2)}{born}{rnd.randint(10, 19)}{rnd.randint(100, 400)}{digits(rnd, 3)}"
    number = body + fr_nir.calc_check_digits(body)
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    return " ".join(number[a:b] for a, b in pairwise(cuts)) if rnd.random() < 0.5 else number


def aadhaar(rnd: random.Random) -> str:
    body = rnd.choice("23456789") + digits(rnd, 10)
    number = body + verhoeff.calc_check_digit(body)
    return f"{number[:4]} {number[4:8]} {number[8:]}" if rnd.random() < 0.5 else number


def income_tax_number(rnd: random.Random) -> str:
    return capitals(rnd, 3) + "P" + capitals(rnd, 1) + f"{rnd.randint(1, 9999):04}" + capitals(rnd, 1)


def dni(rnd: random.Random) -> str:
    body = digits(rnd, 8)
    return body + es_dni.calc_check_digit(body)


def nie(rnd: random.Random) -> str:
    first, body = rnd.randrange(3), digits(rnd, 7)
    return "XYZ"[first] + body + es_dni.calc_check_digit(f"{first}{body}")


def fiscal_code(rnd: random.Random) -> str:
    consonants = "".join(rnd.choice("BCDFGLMNPRSTVZ") for _ in range(6))
    born = f"{rnd.randint(40, 99)}{rnd.choice('ABCDEHLMPRST')}{rnd.randint(1, 28):02}"
    body = f"{consonants}{born}{rnd.choice('AFHL')}{rnd.randint(100, 899)}"
    return body + codicefiscale.calc_check_digit(body)


def cpf(rnd: random.Random) -> str:
    body = digits(rnd, 9)
    number = body + br_cpf._calc_check_digits(body)
    return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"


def passport(rnd: random.Random) -> str:
    return digits(rnd, 9) if rnd.random() < 0.5 else rnd.choice("ACEX") + digits(rnd, 8)


def birth_date(rnd: random.Random) -> str:
    year, month, day = rnd.randint(1941, 2004), rnd.randint(1, 12), rnd.randint(1, 28)
    forms = (
        f"{year}-{month:02}-{day:02}",
        f"{day:02}/{month:02}/{year}",
        f"{day}.{month}.{year}",
        f"{day} March {year}",
    )
    return rnd.choice(forms)


PEOPLE: dict[str, Callable[[random.Random], str]] = {
    "e-mail": mail,
    "phone": phone,
    "national phone": national_phone,
    "payment-card": card,
    "iban": bank_account,
    "us-ssn": ssn,
    "uk-nino": nino,
    "uk-nhs-number": nhs_number,
    "de-tax-id": steuer_id,
    "fr-nir": nir,
    "in-aadhaar": aadhaar,
    "in-pan": income_tax_number,
    "es-dni": dni,
    "es-nie": nie,
    "it-fiscal-code": fiscal_code,
    "br-cpf": cpf,
    "passport": passport,
    "date-of-birth": birth_date,
}
