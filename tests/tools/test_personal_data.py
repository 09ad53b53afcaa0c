"""Personal data is found by form and check digit; what an audit is about is not taken for it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.tools.personal_data import find_personal_data
from tests.tools.made_people import PEOPLE, fiscal_code, iban_of, ssn

WORDS = {
    "e-mail": "contact",
    "phone": "call",
    "national phone": "phone_number",
    "payment-card": "paid with",
    "iban": "transfer to",
    "us-ssn": "employee",
    "uk-nino": "national insurance number",
    "uk-nhs-number": "nhsNumber",
    "de-tax-id": "STEUER_ID",
    "fr-nir": "nir",
    "in-aadhaar": "aadhaar no",
    "in-pan": "holder",
    "es-dni": "dni",
    "es-nie": "foreigner",
    "it-fiscal-code": "codice",
    "br-cpf": "cliente",
    "passport": "passport no.",
    "date-of-birth": "born on",
}


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find_personal_data(text)]


@pytest.mark.parametrize("kind", sorted(PEOPLE))
def test_each_kind_is_found_where_a_word_may_tell_it(kind: str) -> None:
    chance = random.Random(kind)  # its own: what other tests draw must not change it
    for _ in range(20):
        value = PEOPLE[kind](chance)
        expected = [("phone" if kind == "national phone" else kind, value)]
        for form in ("{}: {}", '  "{}": "{}",', "{}='{}'", "2026-03-04 10:11:12,345 INFO {} {} from 10.0.0.1"):
            text = form.format(WORDS[kind], value)
            assert found(text) == expected, text


@pytest.mark.parametrize("kind", sorted(PEOPLE))
def test_one_wrong_digit_makes_it_another_number(kind: str) -> None:
    """Kinds with a check digit: nine of ten numbers of their form are nobody's."""
    if kind in ("e-mail", "phone", "national phone", "us-ssn", "uk-nino", "in-pan", "passport", "date-of-birth"):
        return
    chance = random.Random(kind)
    for _ in range(20):
        value = PEOPLE[kind](chance)
        at = max(position for position, char in enumerate(value) if char.isdigit())
        other = value[:at] + str((int(value[at]) + 1) % 10) + value[at + 1 :]
        assert (kind, other) not in found(f"{WORDS[kind]}: {other}"), other


@pytest.mark.parametrize(
    "line",
    [
        "git clone git@github.com:acme/shop.git",
        "origin ssh://alice@git.acme.io/shop.git",
        "scp dump.sql deploy@db1.acme.io:/tmp/dump.sql",
        "ssh -i key.pem ec2-user@bastion.acme.io",
        "- uses: actions/checkout@v4.1.0",
        "npm i lodash@4.17.21 react@18.3.1-beta.io",
        "FROM registry.acme.io/shop@sha256:" + "0f" * 32,
        '@app.get("/orders")',
        "h = x@self.weight + q@k.to(device)",
        "systemctl restart wg-quick@wg0.service",
        '<img src="/logo@2x.png">',
        "DATABASE_URL=postgres://${USER}:${PASSWORD}@db.acme.io:5432/shop",
        "member: serviceAccount:shop@shop-123456.iam.gserviceaccount.com",
        "receivers: [oncall@acme.io, shop-alerts@acme.io, noreply@acme.io]",
        "principal: HTTP/web.acme.io@ACME.IO",
        'cidr_blocks = ["0.0.0.0/0", "10.20.30.40/16"]',
        "arn:aws:iam::123456789012:role/deploy",
        "account_id = 123456789012",
        "trace_id=4539578763621486 span_id=4539578763621486",
        "created=1767225600123 expires=1767225600123456789",
        "id: 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "2026-03-04T10:11:12.345Z 2026-03-04 10:11:12 +0100",
        "released on 2026-03-04, end of life 04/03/2027",
        "pi = 3.14159265358979323846",
        "version 10.15.7.1234 build 20260304123",
        "telephony.timeout: 1234567",
        "passport: 0.7.0",
    ],
)
def test_what_an_audit_is_about_stays(line: str) -> None:
    assert found(line) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("phone: 2125551234", ["phone"]),
        ("build: 2125551234", []),
        ("ssn: 219456789", ["us-ssn"]),
        ("order: 219456789", []),
        ('{"ssn": null, "order": "219456789"}', []),
        ("type: passport\nnumber: 219456789", ["passport"]),
        ("passport: none\norder: 219456789", []),
        ("date(1984, 3, 12)", []),
        ("date_of_birth = date(1984, 3, 12)", ["date-of-birth"]),
    ],
)
def test_the_nearest_word_tells_what_a_number_is(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found(text)] == kinds


def test_the_head_of_a_column_tells_what_stands_in_it() -> None:
    rows = "\n".join(f'{n},"Doe, Jo",2194567{n:02},1984-03-12,2194567{n:02}' for n in range(10, 40))
    text = f"id,name,ssn,dob,order\n{rows}"
    assert [kind for kind, _ in found(text)] == ["us-ssn", "date-of-birth"] * 30
    table = "| id | phone |\n|---|---|\n| 2125551234 | 2125551234 |"
    assert found(table) == [("phone", "2125551234")]


def test_the_machine_readable_zone_of_a_passport_tells_itself() -> None:
    name = "P<UTOMUSTER<<ERIKA".ljust(44, "<")
    number = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    assert found(f"{name}\n{number}") == [("passport", name), ("passport", number)]


def test_what_was_redacted_tells_nothing() -> None:
    assert found("[redacted:phone] 2125551234") == []
    assert found("[redacted:phone],1\n2125551234,2") == []


PIECES = st.one_of(
    st.text(max_size=12), st.sampled_from(["@", "\n", " ", "phone: ", "+1 ", "ssn=", "4111 ", "dob: 1984-"])
)
VALUES = st.builds(
    lambda make, seed: make(random.Random(seed)), st.sampled_from(sorted(PEOPLE.values(), key=str)), st.integers(0, 99)
)


@given(st.lists(st.one_of(PIECES, VALUES), max_size=8))
def test_spans_are_sorted_apart_and_inside_one_line(pieces: list[str]) -> None:
    text = "".join(pieces)
    at = 0
    for span in find_personal_data(text):
        assert at <= span.start < span.end <= len(text)
        assert "\n" not in text[span.start : span.end]
        at = span.end


def test_a_long_line_is_read_to_its_end() -> None:
    value = ssn(random.Random(11))
    assert found("x" * 300_000 + f" {value} " + "1.2 " * 20_000 + value) == [("us-ssn", value)] * 2


def test_a_word_after_a_number_is_no_part_of_it() -> None:
    chance = random.Random(11)
    account, person = iban_of(chance, "DE", grouped=True), fiscal_code(chance)
    assert found(f"{account} FOR {person} TODAY") == [("iban", account), ("it-fiscal-code", person)]
