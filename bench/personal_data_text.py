"""A text with values of nobody at known places, among lines of configuration and code that hold none."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.tools.made_people import PEOPLE, capitals, digits, word

NAMES = {
    "e-mail": ("email", "contact_email", "ownerEmail"),
    "phone": ("phone", "mobile_number", "contactPhone"),
    "national phone": ("phone", "telephone", "mobileNumber"),
    "payment-card": ("card_number", "cardNumber", "credit_card"),
    "iban": ("iban", "bank_account_iban", "payoutIban"),
    "us-ssn": ("ssn", "social_security_number", "employeeSsn"),
    "uk-nino": ("nino", "national_insurance_number", "niNumber"),
    "uk-nhs-number": ("nhs_number", "nhsNumber", "NHS no"),
    "de-tax-id": ("steuer_id", "steuerIdentifikationsnummer", "tax_id"),
    "fr-nir": ("nir", "numero_securite_sociale", "nirNumber"),
    "in-aadhaar": ("aadhaar", "aadhaar_number", "aadhaarNo"),
    "in-pan": ("pan", "pan_number", "incomeTaxPan"),
    "es-dni": ("dni", "nif", "documento_dni"),
    "es-nie": ("nie", "nie_number", "numeroNie"),
    "it-fiscal-code": ("codice_fiscale", "fiscal_code", "codiceFiscale"),
    "br-cpf": ("cpf", "cpf_cliente", "numeroCpf"),
    "passport": ("passport", "passport_number", "passportNo"),
    "date-of-birth": ("dob", "date_of_birth", "dateOfBirth"),
}
CARRIERS = (
    '{name}: "{value}"',
    '    "{name}": "{value}",',
    "{name} = '{value}'",
    "{upper}={value}",
    "2026-03-04T10:11:12.345Z INFO user updated {name}={value} request_id=7f3a",
    "Her {words} is {value}, please call back.",
    "- {words}: {value}",
    '<input name="{name}" value="{value}">',
)
BARE = (
    "customer {value} was not found",
    'row = ["{value}", True]',
    "2026-03-04 10:11:12,345 WARN could not deliver to {value}",
    "  - {value}",
)
OTHERS = (
    "git clone git@{host}:{w}/{w}.git",
    'url = "ssh://git@{host}/{w}/{w}.git"',
    'source = "git::https://{w}@{host}/{w}.git?ref=v1.2.{d1}"',
    "      - uses: {w}/{w}@v{d1}.{d1}.{d1}",
    "      - uses: {w}/{w}/.github/workflows/build.yml@main",
    '    "{w}": "npm:{w}@{d1}.{d2}.{d1}",',
    "npx {w}@latest init && npm i -g {w}@{d1}.{d1}.{d1}-beta.{d1}",
    "FROM {host}/{w}@sha256:{hex64}",
    "image: {account}.dkr.ecr.eu-west-1.amazonaws.com/{w}@sha256:{hex64}",
    '@app.route("/{w}")',
    "    @pytest.mark.parametrize({w})",
    "scores = queries@self.weights.data + bias@x.T",
    "h = inputs@layer.to(device)",
    "systemctl enable {w}@{d1}.service {w}@eth0.timer",
    "rsync -az build/ deploy@{host}:/srv/{w}",
    "ssh -i key.pem ubuntu@{host}",
    'DATABASE_URL="postgresql://${{DB_USER}}:${{DB_PASSWORD}}@db.{host}:5432/{w}"',
    "amqp://{w}@mq.{host}:5672/%2f",
    '  member = "serviceAccount:{w}@{w}-{d6}.iam.gserviceaccount.com"',
    '<img src="/static/{w}@2x.png" srcset="/static/{w}@3x.webp 3x">',
    "https://cdn.{host}/npm/{w}@{d1}.{d1}.{d1}/dist/{w}.min.js",
    "arn:aws:iam::{account}:role/{w}",
    'account_id = "{account}"',
    "aws_account: '{account}'",
    "https://sqs.eu-west-1.amazonaws.com/{account}/{w}",
    'cidr_blocks = ["0.0.0.0/0", "10.{d2}.{d2}.0/24"]',
    "  - ipBlock: {{ cidr: 192.168.{d2}.{d2}/32 }}",
    "bind 127.0.0.1:{d4}; upstream 172.16.{d2}.{d1}:80",
    "2026-03-04T10:11:12.345678+00:00 level=info dur={d4}ms",
    '"created_at": 17{d8}{d3},',
    '"time_ns": 17{d8}{d9},',
    '"ts": 17{d8}.{d6},',
    '"trace_id": "{hex32}", "span_id": "{d18}",',
    "dd.trace_id={d19} dd.span_id={d19}",
    "id: {uuid}",
    "ref: {hex40}",
    "revision = '{hex12}'; down_revision = '{hex12}'",
    "resource_id: subnet-{hex17}, ami-{hex17}, sg-{hex17}",
    "migrations/20260115{d6}_{w}.sql",
    "build {d4}.{d2}.{d2}-{d6} ({hex7})",
    "maxmemory 4{d9}",
    "limits: {{ bytes: {d12}, inodes: {d10} }}",
    "weight: 0.{d16}, bias: -{d1}.{d15}",
    "[{d6}, {d6}, {d6}, {d6}]",
    "lat: 52.{d6}, lon: 13.{d6}",
    "process_start_time_seconds 1.7{d8}e+09",
    'http_requests_total{{code="200",pod="{w}-{hex9}-{hex5}"}} {d9}',
    "integrity sha512-{alnum64}==",
    "go.sum: {host}/{w} v0.0.0-20260115{d6}-{hex12} h1:{alnum44}=",
    "cron: '0 {d1} * * 1-5'  # since 2024-0{d1}-01",
    "project_number: {d12}",
    "channel_id: '{d18}', guild: '{d19}'",
    "telemetry.interval: {d7}",
    "phonebook_size: {d7}0",
    "offset=-{d10} partition={d1} lag={d8}",
    "passport: '0.{d1}.{d1}'  # npm package",
    "birthday_paradox_trials = {d8}",
    "released 12/03/2024, end of support 2027-05-31",
    "commit 2024-01-15 12:30:45 +0100 {hex7}",
    "window: {d4}-{d4}-{d4}",
    "invoice INV-{d4}-{d6}, ticket OPS-{d5}, PO {d8}",
    "serial: {hex2}:{hex2}:{hex2}:{hex2}:{hex2}:{hex2}",
    "isbn 978-3-16-{d6}-{d1}",
    "part no. {C2}{d6}-{C2}, sku {C4}{d4}",
    "AZ {C2}{d2} eu-west-1a {C3}{d3}",
    "constant {C4}_{C6}_{d4}",
    'checksum = "crc32:{hex8}"  # {d10}',
    "retention: P{d2}D, ttl {d9}",
    "pi = 3.{d16}; e = 2.{d16}",
    "x = {d3} - {d2} - {d4}",
    "pool: {d3}.{d3}.{d4}.{d1}",
    "epoch {d10}..{d10}",
)


@dataclass(frozen=True)
class Value:
    start: int
    end: int
    kind: str
    told: bool
    """Whether a word beside it says what it is."""


@dataclass(frozen=True)
class Text:
    text: str
    values: tuple[Value, ...]
    others: int


def make_text(rnd: random.Random, each: int) -> Text:
    """``each`` values of each kind with a word beside them, half as many without, and six lines of each other form."""
    blocks: list[tuple[str, str, str, bool]] = []
    for kind in PEOPLE:
        blocks += [_told(rnd, kind, number) for number in range(each)]
        if kind not in ("passport", "date-of-birth", "national phone"):
            blocks += [_bare(rnd, kind, number) for number in range(each // 2)]
    others = [form.format_map(Filled(rnd)) for form in OTHERS for _ in range(6)]
    blocks += [(line, "", "", False) for line in others]
    rnd.shuffle(blocks)
    text, values = "", []
    for block, value, kind, told in blocks:
        if value:
            start = len(text) + block.rindex(value)
            values.append(Value(start, start + len(value), kind, told))
        text += block + "\n\n"
    return Text(text, tuple(values), len(others))


def _told(rnd: random.Random, kind: str, number: int) -> tuple[str, str, str, bool]:
    value, name = PEOPLE[kind](rnd), rnd.choice(NAMES[kind])
    if number % 9 == 8:
        head = f"id,{name},active"
        return f"{head}\n{rnd.randint(1, 99)},{value},true", value, kind, True
    words = "".join(f" {char.lower()}" if char.isupper() else char for char in name).replace("_", " ").strip()
    words = "NHS no" if name == "NHS no" else words
    block = CARRIERS[number % 9].format(
        name=name.replace(" ", "_"), value=value, upper=name.upper().replace(" ", "_"), words=words
    )
    return block, value, kind, True


def _bare(rnd: random.Random, kind: str, number: int) -> tuple[str, str, str, bool]:
    value = PEOPLE[kind](rnd)
    return BARE[number % len(BARE)].format(value=value), value, kind, False


class Filled(dict[str, str]):
    """What stands for a field of a form: ``d4`` four digits, ``hex12``, ``alnum44``, ``C2`` capitals, ``w`` a word."""

    def __init__(self, rnd: random.Random) -> None:
        super().__init__()
        self.rnd = rnd

    def __missing__(self, field: str) -> str:
        rnd = self.rnd
        letters = field.rstrip("0123456789")
        count = int(field[len(letters) :] or 1)
        if letters == "d":
            return str(rnd.randint(1, 9)) + digits(rnd, count - 1)
        if letters in ("hex", "alnum"):
            alphabet = "0123456789abcdef" if letters == "hex" else "abcdefghijkLMNOPQRSTUVWXYZ0123456789"
            return "".join(rnd.choice(alphabet) for _ in range(count))
        if letters == "C":
            return capitals(rnd, count)
        if letters == "uuid":
            return "-".join(self[f"hex{n}"] for n in (8, 4, 4, 4, 12))
        return {"host": f"{word(rnd, 3)}.{rnd.choice(['com', 'io', 'dev'])}", "account": digits(rnd, 12)}.get(
            letters
        ) or word(rnd, 3)
