"""Numbers that a state gives a person. Each is checked; where the form could be anything, a word must tell it, too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from gonogo.tools.personal_data.context import Page, Words, told_by
from gonogo.tools.personal_data.span import Span

_EDGE = r"(?<![\w+#$])(?<!\w[.-])(?<!\d/)"
_END = r"(?!\w|[./:+-]\w)"


@dataclass(frozen=True, slots=True)
class National:
    """``module`` is stdnum's, which checks the number; ``words``: what must tell it where its form does not."""

    kind: str
    module: str
    form: str
    words: str = ""


_NUMBERS = (
    National("us-ssn", "us.ssn", r"\d{3}-\d\d-\d{4}"),
    National("us-ssn", "us.ssn", r"\d{3} ?\d\d ?\d{4}", "ssn|social security|soc sec|tax ?payer|tin"),
    National("us-itin", "us.itin", r"9\d\d-[5-9]\d-\d{4}"),
    National("us-itin", "us.itin", r"9\d\d ?[5-9]\d ?\d{4}", "itin|tax ?payer|tin"),
    National(
        "uk-nino", "", r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:(?: \d\d){3} ?|\d{6})[A-D]"
    ),
    National(
        "uk-nino",
        "",
        r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]-?\d\d-?\d\d-?\d\d-?[A-D]?",
        "nino?|ni|national insurance|insurance",
    ),
    National("uk-nhs-number", "gb.nhs", r"\d{3} \d{3} \d{4}"),
    National("uk-nhs-number", "gb.nhs", r"\d{3}([ -]?)\d{3}\1\d{4}", "nhs"),
    National("ca-sin", "ca.sin", r"\d{3}([ -]?)\d{3}\1\d{3}", "sin|social insurance|assurance sociale|nas"),
    National("mx-curp", "mx.curp", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d"),
    National("br-cpf", "br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    National("br-cpf", "br.cpf", r"\d{9}-?\d\d", "cpf|cadastro"),
    National("cl-rut", "cl.rut", r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]"),
    National("cl-rut", "cl.rut", r"\d{7,8}-?[\dkK]", "rut|run"),
    National("ec-ci", "ec.ci", r"\d{9}-?\d", "c[eé]dula"),
    National("fr-nir", "fr.nir", r"[1278] \d\d \d\d (?:\d\d|2[AB]) \d{3} \d{3} \d\d"),
    National("fr-nir", "fr.nir", r"[1278]\d{4}(?:\d\d|2[AB])\d{6} ?\d\d"),
    National("fr-tax-id", "fr.nif", r"[0-3]\d ?\d\d ?\d{3} ?\d{3} ?\d{3}", "nif|spi|fiscal|num[eé]ro fiscal"),
    National("it-fiscal-code", "it.codicefiscale", r"[A-Z]{6}[\dL-V]{2}[A-EHLMPRST][\dL-V]{2}[A-Z][\dL-V]{3}[A-Z]"),
    National(
        "it-fiscal-code",
        "it.codicefiscale",
        r"[a-z]{6}\d\d[a-ehlmprst]\d\d[a-z]\d{3}[a-z]",
        "codice fiscale|cf|fiscale",
    ),
    National("es-dni", "es.dni", r"(?!(?:19|20)\d\d[01]\d[0-3]\d)\d{8}[A-Z]"),
    National("es-nie", "es.nie", r"[XYZ]-?\d{7}-?[A-Z]"),
    National(
        "es-dni", "es.dni", r"\d{2}\.?\d{3}\.?\d{3}[ -]?[A-Za-z]", "dni|nif|documento|documento nacional|identidad"
    ),
    National("pt-nif", "pt.nif", r"\d{3} ?\d{3} ?\d{3}", "nif|contribuinte|nipc"),
    National("de-tax-id", "de.idnr", r"\d\d \d{3} \d{3} \d{3}"),
    National(
        "de-tax-id",
        "de.idnr",
        r"\d\d ?\d{3} ?\d{3} ?\d{3}",
        r"steuer ?id|steuer ?identifikations\w*|idnr|identifikations\w*|tax|tin|tax ?payer",
    ),
    National("at-insurance-number", "at.vnr", r"\d{4} ?\d{6}", r"svnr|sv|sozialversicherung\w*|versicherung\w*"),
    National("ch-ahv", "ch.ssn", r"756\.\d{4}\.\d{4}\.\d\d"),
    National("ch-ahv", "ch.ssn", r"756\d{10}", "ahv|avs|oasi|ssn|sozialversicherung\\w*"),
    National("nl-bsn", "nl.bsn", r"\d{4}\.?\d\d\.?\d{3}", r"bsn|burger ?service\w*|sofi\w*"),
    National("be-national-number", "be.nn", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
    National("be-national-number", "be.nn", r"\d{6}-?\d{3}\.?\d\d", r"rijksregister\w*|niss|insz|registre"),
    National("ie-pps", "ie.pps", r"\d{7}[A-W][AHWTX]?", "pps|ppsn|personal public service"),
    National(
        "se-personal-number",
        "se.personnummer",
        r"(?:19|20)?\d{6}[-+]?\d{4}",
        r"personnummer|pnr|personal identity|ssn|pin",
    ),
    National(
        "no-birth-number", "no.fodselsnummer", r"\d{6} ?\d{5}", r"f[oø]dselsnummer|fnr|fodselsnr|personnummer|ssn"
    ),
    National("dk-cpr", "dk.cpr", r"\d{6}-?\d{4}", "cpr|cpr nummer|personnummer"),
    National("fi-hetu", "fi.hetu", r"\d{6}[-+A-FU-Y]\d{3}[A-FHJ-NPR-Y]"),
    National("fi-hetu", "fi.hetu", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", r"hetu|henkil[oö]tunnus"),
    National("is-kennitala", "is_.kennitala", r"\d{6}-?\d{4}", "kennitala|kt"),
    National("ee-isikukood", "ee.ik", r"[1-8]\d{10}", "isikukood"),
    National("lt-personal-code", "lt.asmens", r"[1-6]\d{10}", "asmens kodas|asmens"),
    National("pl-pesel", "pl.pesel", r"\d{11}", "pesel"),
    National("cz-birth-number", "cz.rc", r"\d{6}/?\d{3,4}", r"rodn[eé] [cč][ií]slo|rodn[eé]|rc"),
    National("hr-oib", "hr.oib", r"\d{11}", "oib|osobni identifikacijski"),
    National("si-emso", "si.emso", r"\d{13}", "em[sš]o|jmbg"),
    National("ro-cnp", "ro.cnp", r"[1-9]\d{12}", "cnp|cod numeric|cod numeric personal"),
    National("bg-egn", "bg.egn", r"\d{10}", "egn|егн"),
    National("gr-amka", "gr.amka", r"\d{11}", "amka|αμκα"),
    National("tr-identity-number", "tr.tckimlik", r"[1-9]\d{10}", r"tckn?|t c|kimlik|tc kimlik|tckimlik"),
    National("il-identity-number", "il.idnr", r"\d{8}-?\d", "teudat zehut|israeli?|tz"),
    National("za-identity-number", "za.idnr", r"\d{13}", "south african?|rsa|sa|identity|identity document"),
    National("au-tfn", "au.tfn", r"\d{3}([ -]?)\d{3}\1\d{2,3}", "tfn|tax file"),
    National("in-aadhaar", "in_.aadhaar", r"(?!(?:20\d\d ?){3})[2-9]\d{3} \d{4} \d{4}"),
    National("in-aadhaar", "in_.aadhaar", r"[2-9]\d{3}([ -]?)\d{4}\1\d{4}", "a+dh?a+r|uidai"),
    National("in-pan", "in_.pan", r"[A-Z]{3}P[A-Z]\d{4}[A-Z]"),
    National("in-pan", "in_.pan", r"[A-Za-z]{5}\d{4}[A-Za-z]", r"pan|permanent account|income ?tax"),
    National("cn-identity-number", "cn.ric", r"[1-8]\d{5}(?:19|20)\d\d[01]\d[0-3]\d{4}[\dXx]"),
    National("kr-rrn", "kr.rrn", r"\d\d[01]\d[0-3]\d-[1-8]\d{6}"),
    National("jp-my-number", "jp.in_", r"\d{4}([ -]?)\d{4}\1\d{4}", "my ?number|kojin bango|マイナンバー|個人番号"),
    National("th-pin", "th.pin", r"\d-\d{4}-\d{5}-\d\d-\d"),
    National("my-nric", "my.nric", r"\d{6}-\d\d-\d{4}"),
    National("id-nik", "id.nik", r"\d{16}", "nik|ktp|nomor induk"),
    National("sg-nric", "", r"[STFGM]\d{7}[A-Z]", "nric|fin|identity"),
)
_SG_LETTERS = {"S": "JZIHGFEDCBA", "T": "GFEDCBAJZIH", "F": "XWUTRQPNMLK", "G": "RQPNMLKXWUT", "M": "KLJNPQRTUWX"}


@cache
def _told() -> tuple[tuple[National, re.Pattern[str], Words], ...]:
    return tuple((n, re.compile(f"{_EDGE}{n.form}{_END}"), told_by(n.words)) for n in _NUMBERS if n.words)


@cache
def _unmistakable() -> tuple[tuple[National, re.Pattern[str]], ...]:
    return tuple((n, re.compile(f"{_EDGE}{n.form}{_END}")) for n in _NUMBERS if not n.words)


@cache
def _any(*, told: bool) -> re.Pattern[str]:
    """One look for all forms: most lines hold none."""
    forms = dict.fromkeys(n.form.replace(r"\1", "[ -]?") for n in _NUMBERS if bool(n.words) == told)
    return re.compile(f"{_EDGE}(?:{'|'.join(forms)}){_END}")


@cache
def _any_words() -> Words:
    return told_by("|".join(n.words for n in _NUMBERS if n.words))


def find_national(page: Page, number: int, line: str) -> Iterator[Span]:
    """The national numbers of a line of the page; ``line`` is that line with what is none blanked out."""
    if _any(told=False).search(line):
        for entry, form in _unmistakable():
            for match in form.finditer(line):
                if _is_valid(entry, match[0]):
                    yield Span(entry.kind, match.start(), match.end())
    told = [match.start() for match in _any(told=True).finditer(line)]
    if any(page.tells(number, start, _any_words()) for start in told):
        for entry, form, words in _told():
            for match in form.finditer(line):
                if page.tells(number, match.start(), words) and _is_valid(entry, match[0]):
                    yield Span(entry.kind, match.start(), match.end())


def _is_valid(entry: National, text: str) -> bool:
    if entry.kind == "sg-nric":
        return _is_nric(text)
    if not entry.module:
        return True  # it has no check digit: the form, or the word beside it, is all there is
    valid: bool = _module(entry.module).is_valid(text)
    # what everybody writes for a number is refused by the registry, and still no evidence of anything
    return valid or (entry.kind == "us-ssn" and text.replace("-", "") in ("078051120", "219099999", "457555462"))


def _is_nric(text: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(text[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    return (
        _SG_LETTERS[text[0]][total % 11] == text[8] if text[0] != "M" else _SG_LETTERS["M"][10 - total % 11] == text[8]
    )


@cache
def _module(name: str) -> ModuleType:
    return import_module(f"stdnum.{name}")
