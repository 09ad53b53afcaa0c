"""E-mail addresses of people: neither remotes, package versions and image digests, nor mailboxes of a role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from gonogo.tools.personal_data.span import Span

_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc "
    "cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga "
    "gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo "
    "jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr "
    "ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re "
    "ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr "
    "tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_GENERIC = (
    "com org net edu gov mil int info biz pro aero coop museum mobi travel jobs tel cat asia post app dev cloud "
    "online site store tech xyz shop blog agency email digital studio design company solutions systems network "
    "software group world global media news live life today team work works space website center codes engineering "
    "consulting capital finance bank insurance health care clinic hospital legal law llc ltd gmbh foundation "
    "community social academy education school university institute london berlin paris nyc tokyo amsterdam vienna "
    "wien hamburg koeln bayern swiss one page link zone club games art music photography house energy green eco farm "
    "fyi guru expert partners ventures support family ngo ong africa arpa top icu vip ltda inc bio ink chat hosting "
    "domains directory events marketing tax immo reise jetzt example test invalid xn--p1ai"
)
"""Common endings. A full list would age, and would hold words that end attributes of code."""
_ROLES = frozenset(
    """
    abuse noc security postmaster hostmaster webmaster usenet news www ftp noreply no-reply no_reply donotreply
    do-not-reply do_not_reply mailer-daemon daemon bounce bounces root git hg svn ubuntu ec2-user centos debian
    vagrant core support info help helpdesk service contact hello sales marketing billing press jobs careers privacy
    legal dpo compliance alert alerts alerting alertmanager monitoring oncall on-call ops devops sre platform infra
    infrastructure incident incidents pagerduty opsgenie notifications notification builds ci bot
    github-actions dependabot renovate
    """.split()
)
"""Mailboxes and accounts of a role (RFC 2142, and what operations adds): nobody's, and evidence of who is alerted."""
_DUTIES = frozenset("oncall alerts sre devops ops noreply team".split())
"""The same as the first or last part of a mailbox: ``orders-oncall``, ``team.payments``."""
_MACHINES = re.compile(
    r"(?i)(?:\.gserviceaccount\.com|\.iam\.amazonaws\.com|\.s3[\w.-]*\.amazonaws\.com|\.azurecr\.io)$"
)
_NO_PERSON = re.compile(r"(?i)\[bot\]$|^(?:git|ssh|hg)$")
_IN_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/@\"'<>]*$")
_COMMAND = re.compile(r"(?:^|[\s;&|$(`])(?:ssh|scp|sftp|rsync|mosh|autossh|ssh-copy-id|ssh-keyscan|sshpass)\s[^;|]*$")
_REMOTE = re.compile(r":(?:~|/|[\w.-]+/|[\w.-]+\.git\b|\d{2,5}\b)")
_CREDENTIALS = re.compile(r":[^\s/@]+@")


@cache
def _address() -> re.Pattern[str]:
    endings = "|".join(sorted({*_COUNTRIES.split(), *_GENERIC.split()}, key=lambda ending: (-len(ending), ending)))
    # a local part is looked for once in each run of its characters, so that a long run costs no more than its length
    return re.compile(
        rf"(?<![\w.+%${{}}-])(?![bfru]{{1,2}}')(?P<local>\w(?:[\w.+'-]{{0,62}}[\w+-])?(?:\[bot\])?)@"
        rf"(?P<domain>(?:\w(?:[\w-]{{0,61}}\w)?\.){{1,8}}(?:{endings}))(?![\w(@-]|\.\w)",
        re.IGNORECASE,
    )


def find_mail(line: str) -> Iterator[Span]:
    """The e-mail addresses of a line."""
    if "@" not in line:
        return
    for match in _address().finditer(line):
        if _is_mail(match, line):
            yield Span("e-mail", match.start(), match.end())


def _is_mail(match: re.Match[str], line: str) -> bool:
    local, domain = match["local"], match["domain"]
    parts = re.split(r"[-_.+]", local.lower())
    if local.lower() in _ROLES or parts[0] in _DUTIES or parts[-1] in _DUTIES or ".." in local:
        return False
    if _NO_PERSON.search(local) or _MACHINES.search("." + domain):
        return False
    if re.match(r"v?\d+\.\d+(?:\.|-)|v\d+\.", domain):
        return False  # a version
    before, after = line[max(0, match.start() - 200) : match.start()], line[match.end() : match.end() + 80]
    if before.endswith("/") and domain.isupper():
        return False  # a Kerberos principal
    if _CREDENTIALS.match(after):
        return True  # the user name of an address
    return not (_IN_ADDRESS.search(before) or _COMMAND.search(before) or _REMOTE.match(after))
