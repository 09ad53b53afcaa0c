"""Recall, precision and time of the personal data detector, beside Presidio's recognizers and LangChain's detectors.

    python -m bench.personal_data [--each 24] [--seed 7] [--folder CHECKOUT]

Run it by hand from the root, in an environment that also has presidio-analyzer and langchain (neither is a dependency;
what is missing is left out). The text is made from a seed: values of nobody with right check digits, each with a word
beside it in configuration, code, logs and prose, then without one, and lines of configuration and code that look like
such values and are none. A value counts as found when it is covered whole, whatever kind the detector calls it; a span
is false when it touches no value. Presidio runs without its language model, as it would without a download: every
pattern recognizer of the kinds that are in the text, called directly, at any score and at 0.5. What LangChain has for
addresses of hosts and machines is left out, or all of these would count as false.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from bench.personal_data_text import Text, make_text
from gonogo.tools.personal_data import find_personal_data

PRESIDIO = (
    ("generic", "email", "credit_card", "iban", "phone"),
    ("country_specific.us", "us_ssn", "us_passport", "us_itin"),
    ("country_specific.uk", "uk_nhs", "uk_nino", "uk_passport"),
    ("country_specific.germany", "de_tax_id"),
    ("country_specific.india", "in_aadhaar", "in_pan"),
    ("country_specific.spain", "es_nif", "es_nie"),
    ("country_specific.italy", "it_fiscal_code"),
)
Detector = Callable[[str], list[tuple[int, int, str]]]


@dataclass(frozen=True)
class Result:
    covered: bytearray
    found: Counter[tuple[str, bool]]
    spans: int
    false: list[tuple[str, str]]
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--each", type=int, default=24, help="values of each kind")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="count hits in the files of a folder instead, and print ours")
    options = parser.parse_args()
    detectors = {"gonogo": ours, **presidio(), **langchain()}
    if options.folder:
        count_hits(options.folder, detectors)
        return
    text = make_text(random.Random(options.seed), options.each)  # noqa: S311
    print(f"{len(text.values)} values, {text.others} lines that hold none, {len(text.text) / 1e3:.0f} kB")
    results = {name: judge(text, detector) for name, detector in detectors.items()}
    show(text, results)


def ours(text: str) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.kind) for span in find_personal_data(text)]


def presidio() -> dict[str, Detector]:
    try:
        recognizers = [_recognizer(folder, name) for folder, *names in PRESIDIO for name in names]
    except ImportError:
        return {}
    tldextract = import_module("tldextract")
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # the list in the package, no download

    def find(text: str, least: float) -> list[tuple[int, int, str]]:
        found = []
        for recognizer in recognizers:
            results = recognizer.analyze(text, recognizer.supported_entities, None) or []
            found += [(r.start, r.end, r.entity_type) for r in results if r.score >= least]
        return found

    return {"presidio": lambda text: find(text, 0.0), "presidio 0.5": lambda text: find(text, 0.5)}


def _recognizer(folder: str, name: str):  # type: ignore[no-untyped-def]
    module = import_module(f"presidio_analyzer.predefined_recognizers.{folder}.{name}_recognizer")
    wanted = f"{name.replace('_', '').removeprefix('uk') if name == 'uk_nhs' else name.replace('_', '')}recognizer"
    return next(kind for title, kind in vars(module).items() if title.lower() == wanted)()


def langchain() -> dict[str, Detector]:
    try:
        module = import_module("langchain.agents.middleware.pii")
    except ImportError:
        return {}
    parts = (module.detect_email, module.detect_credit_card)
    return {"langchain": lambda text: [(m["start"], m["end"], m["type"]) for part in parts for m in part(text)]}


def judge(text: Text, detector: Detector) -> Result:
    spans = detector(text.text)  # what it imports and compiles is not timed
    start = time.perf_counter()
    detector(text.text)
    seconds = time.perf_counter() - start
    covered = bytearray(len(text.text))
    for first, end, _ in spans:
        covered[first:end] = b"\1" * (end - first)
    found = Counter((v.kind, v.told) for v in text.values if all(covered[v.start : v.end]))
    inside = bytearray(len(text.text))
    for value in text.values:
        inside[value.start : value.end] = b"\1" * (value.end - value.start)
    false = [(kind, text.text[first:end]) for first, end, kind in spans if not any(inside[first:end])]
    return Result(covered, found, len(spans), false, seconds)


def show(text: Text, results: dict[str, Result]) -> None:
    width = max(map(len, results))
    for told in (True, False):
        print(f"\nrecall {'with a word beside the value' if told else 'without one'}")
        totals = Counter(v.kind for v in text.values if v.told is told)
        for kind, count in totals.items():
            row = "  ".join(f"{name:>{width}} {r.found[kind, told] / count:4.0%}" for name, r in results.items())
            print(f"  {kind:16} {count:3}  {row}")
        total = sum(totals.values())
        row = "  ".join(
            f"{name:>{width}} {sum(r.found[k, told] for k in totals) / total:4.0%}" for name, r in results.items()
        )
        print(f"  {'all':16} {total:3}  {row}")
    print()
    for name, r in results.items():
        precision = 1 - len(r.false) / max(r.spans, 1)
        speed = r.seconds / (len(text.text) / 1e6)
        print(f"{name:{width}}  precision {precision:6.1%}  false {len(r.false):4}  {speed:6.2f} s a MB")
        kinds = Counter(kind for kind, _ in r.false)
        print(f"{'':{width}}  " + ", ".join(f"{kind} {n}" for kind, n in kinds.most_common(8)))
    for value in text.values:
        if value.told and not all(results["gonogo"].covered[value.start : value.end]):
            print(f"  missed: {value.kind:14} {text.text[max(0, value.start - 60) : value.end + 5]!r}")
    for kind, false in results["gonogo"].false:
        print(f"  false: {kind:14} {false}")


def count_hits(folder: Path, detectors: dict[str, Detector]) -> None:
    texts = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and ".git" not in inside.parts and b"\0" not in (data := path.read_bytes())[:8000]:
            texts[str(inside)] = data.decode("utf-8", "replace").replace("\r\n", "\n")
    size = sum(map(len, texts.values())) / 1e6
    print(f"{folder.name}: {len(texts)} files, {size:.1f} MB")
    for name, detector in detectors.items():
        start = time.perf_counter()
        found = [(path, kind, text[first:end]) for path, text in texts.items() for first, end, kind in detector(text)]
        kinds = dict(Counter(kind for _, kind, _ in found))
        print(f"{name:14} {len(found):5} hits  {time.perf_counter() - start:7.2f} s  {kinds}")
        if name == "gonogo":
            for path, kind, value in found:
                print(f"    {kind:14} {value:40} {path}")


if __name__ == "__main__":
    main()
