"""Who owns it, how flaws are reported, under which licence it stands, and whether those of dependencies are checked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts import Facts
from gonogo.facts.documents import Document, DocumentKind
from gonogo.facts.repository import File, Role
from gonogo.model.assessment import Outcome, Problem, failed, passed
from gonogo.model.evidence import Place, Searched

_OWNERS_PLACES = re.compile(r"^(\.github/|\.gitlab/|docs/|\.bitbucket/|)CODEOWNERS$")
_OWNER_LINE = re.compile(r"^(?!\s*#)\s*(\S+)\s+((?:@[\w./-]+|[\w.+-]+@[\w-]+\.[\w.-]+)(?:\s|$).*)")
_PLACEHOLDER = re.compile(
    r"@?(your|my|example|todo|changeme|placeholder|org(anization)?|username|owner|user|team-name|global-owner\d?"
    r"|acme|some)[-_/\s]*"
    r"(org|team|username|name|company|handle)?s?(/[\w-]+)?$|example\.(com|org)|<[^>]+>|\[[^\]]+\]|xxx",
    re.IGNORECASE,
)
_CHANNEL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|security/advisories|private(ly)? (vulnerability )?report|report a vulnerability"
    r"|hackerone|bugcrowd|huntr\.|intigriti"
    r"|vulnerability-reporting|https?://\S*(security|vuln|disclos|report)\S*",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"use this section to tell people|\[(insert|your|email|contact|security)[^\]]*\](?!\()|@example\.(com|org)"
    r"|your[-_ ]?(email|company|org|domain)|TODO|TBD|<[^>]*email[^>]*>",
    re.IGNORECASE,
)
_PROPRIETARY = re.compile(
    r"all rights reserved|proprietary|closed[- ]source|not (licensed|open[- ]source)|no licen[sc]e (is )?(granted"
    r"|applies)|unlicensed|internal use only"
    r"|confidential",
    re.IGNORECASE,
)
_NAMED_LICENSE = re.compile(r"\b(MIT|Apache|BSD|GPL|AGPL|LGPL|MPL|ISC|Unlicense|EUPL|CC0|licen[sc]ed under)\b")


def code_ownership(facts: Facts) -> Outcome:
    """CODEOWNERS where the forge reads it, an owner in a service catalogue, or named maintainers."""
    files = facts.repository.match("CODEOWNERS", "OWNERS", "MAINTAINERS", "MAINTAINERS.md", "OWNERS.md", deciding=False)
    files = tuple(f for f in files if f.role is not Role.VENDORED)
    loaded = [f for f in files if f.name != "CODEOWNERS" or _OWNERS_PLACES.match(f.local)]
    placeholders: list[Place] = []
    for file in loaded:
        for at, named in _owners(facts, file):
            if not all(_PLACEHOLDER.search(word) for word in named.split()):
                return passed(f"{file.path} names owners", at)
            placeholders.append(at)
    for at, owner in _catalogue_owners(facts):
        if not _PLACEHOLDER.search(owner):
            return passed(f"the service catalogue names {owner} as the owner", at)
        placeholders.append(at)
    if placeholders:
        return failed(
            "owners are placeholders", *(Problem("the owner is a placeholder", at) for at in placeholders[:5])
        )
    if stray := [f for f in files if f not in loaded]:
        problems = [Problem(f"{f.path} lies where no forge reads it", Place(f.path, 1)) for f in stray]
        return failed("CODEOWNERS lies where no forge reads it", *problems)
    terms = ("CODEOWNERS", "OWNERS", "MAINTAINERS", "catalog-info.yaml", "opslevel.yml", "service.datadog.yaml")
    return failed("no file names owners", searched=(_searched(facts, *terms),))


def _owners(facts: Facts, file: File) -> Iterator[tuple[Place, str]]:
    """Lines that name an owner: of CODEOWNERS with a pattern, of the others with an address or handle."""
    for number, line in enumerate(facts.repository.lines(file), 1):
        if file.name == "CODEOWNERS":
            if match := _OWNER_LINE.match(line):
                yield Place(file.path, number, number, "CODEOWNERS"), match.group(2).split("#")[0].strip()
        elif match := re.search(r"@[\w-]{2,}|[\w.+-]+@[\w-]+\.[\w.-]+|^\s*-\s+[\w-]{2,}\s*$|github\.com/[\w-]+", line):
            yield Place(file.path, number, number, file.name), match.group(0).strip("- ")


def _catalogue_owners(facts: Facts) -> Iterator[tuple[Place, str]]:
    names = (
        "catalog-info.yaml",
        "catalog-info.yml",
        "opslevel.yml",
        "cortex.yaml",
        "service.datadog.yaml",
        "service-info.yaml",
    )
    for file in facts.repository.match(*names):
        for number, line in enumerate(facts.repository.lines(file), 1):
            if match := re.match(r"^\s*(?:owner|team)\s*:\s*[\"']?([^\"'#\s][^\"'#]*)", line):
                yield Place(file.path, number, number, "owner"), match.group(1).strip()


def security_policy(facts: Facts) -> Outcome:
    """SECURITY.md with a way to report, which is not the template's."""
    policies = facts.documents.of(DocumentKind.SECURITY)
    files = [facts.repository.by_path[document.path] for document in policies]
    near = [f for f in files if f.local.count("/") == 0 or f.local.startswith((".github/", "docs/"))]
    for file in near:
        text = facts.repository.text(file)
        unfinished = facts.repository.grep(_UNFINISHED, (file,), most=1)
        if unfinished:
            return failed(
                f"{file.path} is an unfinished template",
                Problem("the policy still has the template's text", unfinished[0]),
            )
        if _CHANNEL.search(text):
            channel = next(iter(facts.repository.grep(_CHANNEL, (file,), most=1)), Place(file.path))
            model = _threat_models(facts)
            more = f"; {model[0].path} is a threat model" if model else ""
            return passed(
                f"{file.path} says how to report a vulnerability{more}", channel, *(Place(d.path) for d in model)
            )
        return failed(
            f"{file.path} names no way to report", Problem("the policy names no reporting channel", Place(file.path, 1))
        )
    sections = [
        h.at
        for d in facts.documents.prose
        for h in d.sections(r"security (issue|polic|vulnerab|disclos)|report\w* .*vulnerab")
    ]
    more = "; only a section of another document speaks of it" if sections else ""
    searched = _searched(facts, "SECURITY.md", "security.txt", "threat model")
    return failed(f"there is no SECURITY.md{more}", places=tuple(sections[:3]), searched=(searched,))


def _threat_models(facts: Facts) -> list[Document]:
    return [d for d in facts.documents.prose if re.search(r"threat[-_ ]?model", d.path + " " + d.title, re.IGNORECASE)]


def license(facts: Facts) -> Outcome:
    """A licence text, or a statement that it is proprietary."""
    files = [facts.repository.by_path[d.path] for d in facts.documents.of(DocumentKind.LICENSE)]
    top = [f for f in files if f.local.count("/") == 0 or f.local.startswith(("LICENSES/", "docs/", ".github/"))]
    texts = [f for f in top if len(facts.repository.text(f).strip()) > 100]
    if texts:
        return passed(f"{texts[0].path} is the licence", *(Place(f.path, 1) for f in texts[:3]))
    if stated := _proprietary(facts):
        more = f"; {top[0].path} is empty" if top else ""
        return passed(f"it states that no licence is given{more}", *stated)
    if top:
        return failed(f"{top[0].path} is empty", Problem("the licence file has no text", Place(top[0].path)))
    broken = [
        link.at
        for d in facts.documents.prose
        for link in d.links
        if not link.exists and re.search(r"licen[sc]e|copying", link.local, re.I)
    ]
    manifests = [
        (c.license, c.manifest)
        for c in facts.dependencies.components
        if c.license and not c.path and c.license.upper() not in ("ISC", "UNLICENSED")
    ]
    if broken:
        return failed(
            "the documents refer to a licence file that is not there",
            *(Problem("the licence file is missing", at) for at in broken[:3]),
        )
    if manifests:
        return passed(f"the manifest states the licence {manifests[0][0]} (without its text)", manifests[0][1])
    named = [
        place for d in facts.documents.of(DocumentKind.README) for h in d.sections(r"licen[sc]e") for place in (h.at,)
    ]
    more = "; the README only names one" if named else ""
    searched = _searched(
        facts, "LICENSE", "LICENCE", "COPYING", "UNLICENSE", "licence fields of manifests", "statements in READMEs"
    )
    return failed(f"there is no licence file{more}", places=tuple(named[:2]), searched=(searched,))


def _proprietary(facts: Facts) -> list[Place]:
    found = [c.manifest for c in facts.dependencies.components if c.license.upper() in ("UNLICENSED", "PROPRIETARY")]
    for document in facts.documents.of(DocumentKind.README):
        if facts.repository.by_path[document.path].local.count("/"):
            continue
        found += [at for text, at in document.texts() if _denies(text)]
    return found


def _denies(text: str) -> bool:
    """Says whether a sentence states that the software is not free to use."""
    if len(text) >= 400 or not _PROPRIETARY.search(text) or _NAMED_LICENSE.search(text):
        return False
    about = r"licen|copyright|©|\(c\)|rights reserved|software|project|repository|code"
    return bool(re.search(about, text, re.IGNORECASE))


def _told(text: str, inputs: tuple[tuple[str, str], ...]) -> str:
    return " ".join((text, *(f"{key}: {value}" for key, value in inputs if value.lower() not in ("false", ""))))


def dependency_licenses(facts: Facts) -> Outcome:
    """A pipeline checks the licences of dependencies, and can fail on them."""
    weak: list[Problem] = []
    for run in facts.pipelines.all_runs:
        told = _told(run.text, () if run.command else run.step.inputs)
        judges = _judges(told, run.command is not None)
        if not judges and not _reviews_licenses(facts, run.step.action, run.step.inputs):
            continue
        if run.can_fail:
            return passed(f"{run.pipeline.name} checks the licences of dependencies", run.at)
        weak.append(Problem(f"its failure fails nothing: {run.excuse or 'it is not executed'}", run.at))
    for hook in facts.pipelines.hooks:
        if _LICENSE_TOOLS.search(f"{hook.id} {hook.repo} {hook.entry}"):
            return passed("a pre-commit hook checks the licences of dependencies", hook.at)
    if weak:
        return failed("licences are checked where that can fail nothing", *weak[:5])
    terms = "license-checker, licensee, FOSSA, ScanCode, pip-licenses, go-licenses, cargo-deny, dependency review"
    return failed("nothing checks the licences of dependencies", searched=(_searched(facts, terms),))


_LICENSE_TOOLS = re.compile(
    r"license[-_]?checker|licensee\b|licensed (status|cache)|license[-_]finder|fossa|scancode|pip-licenses|liccheck"
    r"|go-licenses|cargo[- ]deny|oss-review-toolkit|\bort analyze|(pnpm|yarn|composer) licenses|license-report"
    r"|license-maven|gradlew?\b.*\bcheckLicense|--scanners \S*license|scanners: \S*license|licensescan|license-scan"
    r"|blackduck|whitesource|mend-|lichen\b|wwhrd"
)
_REPORTING = re.compile(
    r"license[-_]?checker|pip-licenses|go-licenses|(pnpm|yarn|composer) licenses|license-report"
    r"|oss-review-toolkit|\bort "
)
_GATING = re.compile(
    r"--(failOn|onlyAllow|fail-on|allow-only|allowed_licenses|disallowed_types|partial-match)"
    r"|\bcheck\b|\bfail:"
)


def _judges(told: str, command: bool) -> bool:
    """Whether it can object to a licence: tools that only list licences do not, unless they are told what to refuse."""
    if not _LICENSE_TOOLS.search(told) or re.search(r"addlicense|license header|\b(un)?install\b", told, re.IGNORECASE):
        return False
    return not command or not _REPORTING.search(told) or bool(_GATING.search(told))


def _reviews_licenses(facts: Facts, action: str, inputs: tuple[tuple[str, str], ...]) -> bool:
    """GitHub's dependency review looks at licences only where some are allowed or denied."""
    if action != "actions/dependency-review-action":
        return False
    if any(key in ("allow-licenses", "deny-licenses") for key, _ in inputs):
        return True
    named = next((value for key, value in inputs if key == "config-file"), "")
    return bool(named) and "licenses" in facts.repository.text(named.removeprefix("./"))


def _searched(facts: Facts, *terms: str) -> Searched:
    return Searched(terms, "all files", len(facts.repository.files))
