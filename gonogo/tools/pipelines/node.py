"""Package scripts: what ``npm test``, ``pnpm -r lint``, ``yarn workspace web build`` or ``turbo run test`` run."""

from __future__ import annotations

import re

from gonogo.tools.pipelines.leads import Lead, Packages, Piece, fits, join, words_of
from gonogo.tools.yaml_marks import Map

MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_OWN = words_of(
    "install i ci add remove rm uninstall up update upgrade publish pack audit config cache login logout link unlink "
    "outdated ls list why info view init create dlx exec x store import dedupe prune rebuild version set deploy fetch "
    "patch plugin plugins node bin root setup env approve-builds licenses npm workspace workspaces constraints check "
    "policies global help doctor search team owner access token whoami ping pkg query sbom self-update server "
    "completion recursive m multi la ll unplug build-info trust"
)
_VALUES = words_of(
    "--filter -F -C --dir --prefix -w --workspace --cwd --reporter --loglevel --concurrency --workspace-concurrency "
    "--cache --registry --include --exclude --from --jobs -j --scope --stream-prefix"
)
_ALIASES = {"t": "test", "tst": "test"}


def package_lead(packages: Packages, words: tuple[str, ...], folder: str, root: str) -> Lead:
    """What a package manager with these words runs."""
    manager = words[0].rpartition("/")[2]
    filters: list[str] = []
    everywhere, optional = False, False
    rest: list[str] = []
    index = 1
    while index < len(words):
        word = words[index]
        if word == "--":
            break
        name, _, value = word.partition("=")
        leading = not rest or rest in (["run"], ["run-script"])
        anywhere = name in ("--workspace", "-w", "--filter", "--prefix", "--if-present")
        if (word.startswith("-") and leading) or anywhere:
            takes = name in _VALUES and not value and not (name == "-w" and manager == "pnpm")
            if takes and index + 1 < len(words):
                index += 1
                value = words[index]
            if name in ("--filter", "-F", "--scope") or (name in ("-w", "--workspace") and manager == "npm"):
                filters.append(value)
            elif name in ("-C", "--dir", "--prefix", "--cwd"):
                folder = join(folder, value)
            elif name in ("-r", "--recursive", "--workspaces", "-ws", "--ws"):
                everywhere = True
            elif name == "--if-present":
                optional = True
        elif word in ("-r", "--recursive", "--workspaces", "-ws", "--if-present"):
            everywhere, optional = everywhere or word != "--if-present", optional or word == "--if-present"
        else:
            rest.append(word)
        index += 1
    if folder == "?":
        return Lead()
    return _dispatch(packages, manager, tuple(rest), filters, everywhere, optional, folder, root)


def _dispatch(
    packages: Packages,
    manager: str,
    rest: tuple[str, ...],
    filters: list[str],
    everywhere: bool,
    optional: bool,
    folder: str,
    root: str,
) -> Lead:
    if rest[:1] in (("recursive",), ("m",)) and manager == "pnpm":
        everywhere, rest = True, rest[1:]
    if manager == "yarn" and rest[:1] == ("workspace",):
        filters, rest = [*filters, *rest[1:2]], rest[2:]
    elif manager == "yarn" and rest[:1] == ("workspaces",):
        everywhere = True
        rest = rest[rest.index("run") :] if "run" in rest else rest[2:]
    explicit = rest[:1] in (("run",), ("run-script",))
    if explicit:
        rest = rest[1:]
    if not rest or "$" in rest[0]:
        return Lead()
    script = _ALIASES.get(rest[0], rest[0]) if manager in ("npm", "pnpm") and not explicit else rest[0]
    if not explicit and (script in _OWN or (manager == "npm" and script not in ("test", "start", "stop", "restart"))):
        return Lead()
    if not explicit and manager == "bun" and script in ("test", "build"):
        return Lead()
    chosen = _chosen(packages, filters, everywhere, folder, root)
    pieces = [piece for place, package in chosen for piece in script_pieces(package, script, place)]
    if pieces or not chosen:
        return Lead(tuple(pieces)) if chosen else Lead(missing="" if filters else _no_package(folder))
    if not explicit and manager != "npm":
        return Lead(core=(script, *rest[1:]))
    is_file = manager == "bun" and re.search(r"\.[cm]?[jt]sx?\Z", script)
    if optional or filters or everywhere or is_file:
        return Lead()
    return Lead(missing=f"script {script} is not in {join(folder, 'package.json')}")


def _no_package(folder: str) -> str:
    return f"no package.json in {folder or 'the root'}"


def _chosen(packages: Packages, filters: list[str], everywhere: bool, folder: str, root: str) -> list[tuple[str, Map]]:
    if filters or everywhere:
        found = packages.below(folder or root)
        wanted = [f for f in filters if not f.startswith("!")]
        return [
            (place, package)
            for place, package in found
            if (not wanted or any(fits(place, package.text("name"), folder, f) for f in wanted))
            and not any(f.startswith("!") and fits(place, package.text("name"), folder, f) for f in filters)
            and (place != folder or wanted)
        ]
    package = packages.at(folder)
    return [(folder, package)] if package is not None else []


def script_pieces(package: Map, name: str, folder: str) -> list[Piece]:
    """The script of a package, with what is declared to run before and after it."""
    scripts = package.map("scripts")
    pieces = []
    for each in ("pre" + name, name, "post" + name):
        text = scripts.text(each)
        if text and name in scripts:
            pieces.append(Piece(_concurrent(text, scripts), package.path, scripts.line_of(each), folder))
    return pieces


def _concurrent(text: str, scripts: Map) -> str:
    """``run-s lint test:*`` and ``concurrently "npm:lint"`` as plain ``npm run`` commands."""
    words = text.split()
    if words and words[0] in ("run-s", "run-p", "npm-run-all", "npm-run-all2"):
        names: list[str] = []
        for word in words[1:]:
            bare = word.strip("\"'")
            if bare.startswith("-") or bare in ("&&", "||"):
                continue
            pattern = re.compile(re.escape(bare).replace(r"\*\*", ".*").replace(r"\*", "[^:]*") + r"\Z")
            names += [name for name in scripts if pattern.match(name)] or [bare]
        return " && ".join(f"npm run {name}" for name in names)
    if words and words[0] == "concurrently":
        parts = re.findall(r"\\?\"((?:[^\"\\]|\\.)+?)\\?\"|'([^']+)'|(npm:\S+)", text)
        commands = [a or b or c for a, b, c in parts]
        return " && ".join(re.sub(r"^npm:", "npm run ", command) for command in commands) or text
    return text


def monorepo_lead(packages: Packages, words: tuple[str, ...], folder: str, root: str) -> Lead:
    """What turbo or lerna run: the scripts of that name in every package that has one."""
    program = words[0].rpartition("/")[2]
    if folder == "?":
        return Lead()
    names = _task_names(program, words)
    filters = [w.partition("=")[2] for w in words if w.startswith(("--filter=", "--scope=", "--projects=", "-p="))]
    filters += [
        words[i + 1] for i, w in enumerate(words[:-1]) if w in ("--filter", "-F", "--scope", "--projects", "-p")
    ]
    filters = [part for f in filters for part in f.split(",")]
    found: list[Piece] = []
    for place, package in packages.below(folder or root):
        if place == folder or not _selected(place, package, folder, filters):
            continue
        for name in names:
            found += script_pieces(package, name, place)
    return Lead(tuple(found))


def _selected(place: str, package: Map, folder: str, filters: list[str]) -> bool:
    wanted = [f for f in filters if not f.startswith("!")]
    name = package.text("name")
    if any(f.startswith("!") and fits(place, name, folder, f) for f in filters):
        return False
    return not wanted or any(fits(place, name, folder, f) for f in wanted)


def _task_names(program: str, words: tuple[str, ...]) -> list[str]:
    plain = [word for word in words[1:] if not word.startswith("-")]
    if plain[:1] == ["run"]:
        plain = plain[1:]
    return [word for word in plain if "@" not in word and "/" not in word]
