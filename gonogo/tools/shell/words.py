"""What a command really runs: its words without the wrappers in front (sudo, env, npx, uv run, python -m ...)."""

from __future__ import annotations

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PYTHON = re.compile(r"(python|pypy)[\d.]*(\.exe)?\Z|py\Z")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_WRAPPERS: dict[str, frozenset[str]] = {
    # program: its options that take a value as the next word
    "sudo": frozenset({"-u", "-g", "-h", "-p", "--user", "--group"}),
    "doas": frozenset({"-u"}),
    "env": frozenset({"-u", "-C", "--unset", "--chdir"}),
    "time": frozenset({"-f", "-o"}),
    "nice": frozenset({"-n"}),
    "nohup": frozenset(),
    "exec": frozenset({"-a"}),
    "command": frozenset(),
    "builtin": frozenset(),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "setsid": frozenset(),
    "xvfb-run": frozenset({"-s", "-n", "-f", "-e", "--server-args"}),
    "xargs": frozenset({"-n", "-P", "-I", "-L", "-d", "-s", "-a", "--max-args", "--max-procs", "--replace"}),
    "cross-env": frozenset(),
    "cross-env-shell": frozenset(),
    "dotenv": frozenset({"-e", "-f", "-c"}),
    "dotenvx": frozenset({"-f"}),
    "doppler": frozenset({"-p", "-c", "--project", "--config"}),
    "chronic": frozenset(),
    "unbuffer": frozenset(),
    "catchsegv": frozenset(),
    "dbus-run-session": frozenset(),
    "opam": frozenset(),
    "direnv": frozenset(),
    "mise": frozenset(),
    "aws-vault": frozenset(),
    "op": frozenset({"--env-file"}),
}
_COUNTED = {"timeout": 1, "retry": 0, "nick-fields/retry": 0, "direnv": 1, "aws-vault": 1}
"""Wrappers with plain arguments of their own in front of the command."""
_RUNNERS: dict[tuple[str, str], frozenset[str]] = {
    # launchers of a project's environment: program, subcommand, options with a value
    ("uv", "run"): frozenset(
        {"--with", "--python", "-p", "--extra", "--group", "--package", "--directory", "--project", "--env-file",
         "--only-group", "--no-group", "--with-requirements", "--with-editable", "--index", "--resolution"}
    ),
    ("uv", "tool"): frozenset({"--from", "--with", "--python"}),
    ("poetry", "run"): frozenset(),
    ("pipenv", "run"): frozenset(),
    ("pdm", "run"): frozenset({"-p", "--project"}),
    ("rye", "run"): frozenset(),
    ("pixi", "run"): frozenset({"-e", "--environment", "--manifest-path"}),
    ("conda", "run"): frozenset({"-n", "--name", "-p", "--prefix"}),
    ("micromamba", "run"): frozenset({"-n", "--name", "-p", "--prefix"}),
    ("mamba", "run"): frozenset({"-n", "--name", "-p", "--prefix"}),
    ("pipx", "run"): frozenset({"--spec", "--python", "--pip-args"}),
    ("npm", "exec"): frozenset({"-p", "--package", "-w", "--workspace", "--prefix"}),
    ("npm", "x"): frozenset({"-p", "--package", "-w", "--workspace", "--prefix"}),
    ("pnpm", "exec"): frozenset({"--filter", "-F", "-C", "--dir"}),
    ("pnpm", "dlx"): frozenset({"--package"}),
    ("yarn", "dlx"): frozenset({"-p", "--package"}),
    ("yarn", "exec"): frozenset(),
    ("bun", "x"): frozenset({"-p", "--package"}),
    ("bundle", "exec"): frozenset(),
    ("dotnet", "tool"): frozenset(),
    ("lerna", "exec"): frozenset({"--scope", "--concurrency"}),
    ("op", "run"): frozenset({"--env-file"}),
    ("doppler", "run"): frozenset({"-p", "-c", "--project", "--config"}),
    ("dotenvx", "run"): frozenset({"-f"}),
    ("mise", "exec"): frozenset(),
    ("mise", "x"): frozenset(),
    ("direnv", "exec"): frozenset(),
    ("devbox", "run"): frozenset(),
    ("opam", "exec"): frozenset(),
    ("aws-vault", "exec"): frozenset(),
    ("go", "tool"): frozenset(),
    ("hatch", "env"): frozenset(),
}  # fmt: skip
_GLOBAL_VALUES = _names("--directory --project -C -P --filter -F --prefix --cwd --dir --config-file --color")
_LAUNCHERS: dict[str, frozenset[str]] = {
    "npx": frozenset({"-p", "--package", "-w", "--workspace", "--prefix"}),
    "bunx": frozenset({"-p", "--package"}),
    "pnpx": frozenset({"--package"}),
    "uvx": frozenset({"--from", "--with", "--python", "-p"}),
}
_DOCKER_VALUES = _names(
    "-e --env --env-file -v --volume -w --workdir -u --user -p --publish --name --network --net --entrypoint --mount "
    "--platform -h --hostname --add-host --cpus -m --memory --link -l --label --pull --gpus --shm-size --tmpfs "
    "--ulimit --cap-add --cap-drop --security-opt --restart --log-driver --dns --device --volumes-from --ipc --pid "
    "--cidfile --group-add --index --scale --stop-timeout --workdir --userns --isolation --runtime"
)
_COMPOSE_VALUES = _names(
    "-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel --progress"
)
TOOL_IMAGES = _names(
    "trivy grype syft semgrep gitleaks trufflehog checkov tfsec terrascan kics hadolint sonar-scanner-cli snyk dockle "
    "golangci-lint kubeconform kubeval kube-score kube-linter conftest cosign k6 artillery locust newman codespell "
    "markdownlint-cli2 actionlint shellcheck yamllint cfn-lint tflint infracost zap-stable zap2docker-stable "
    "dependency-check osv-scanner clair super-linter detect-secrets zizmor kubescape polaris datree"
)
"""Images whose name is the tool that they run."""


def core_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of what really runs."""
    for _ in range(12):
        stripped = _strip_once(words)
        if stripped == words:
            return words
        words = stripped
    return words


def _strip_once(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(words) < 2:
        return words
    head = words[0].rpartition("/")[2].lower()
    sub = words[1]
    if _PYTHON.match(head):
        return _python_module(words)
    late = _after_options(words[1:], _GLOBAL_VALUES) if sub.startswith("-") else ()
    if late and (head, late[0]) in _RUNNERS:
        return _strip_once((words[0], *late))
    if (head, sub) in _RUNNERS:
        return _run_target(head, sub, words)
    if head in _LAUNCHERS:
        return _unversioned(_after_options(words[1:], _LAUNCHERS[head])) or words
    if head == "go" and sub == "run":
        return _go_run(words)
    if head in ("docker", "podman", "nerdctl", "docker-compose", "podman-compose"):
        return _container(head, words)
    if head in _WRAPPERS or head in _COUNTED:
        rest = _after_options(words[1:], _WRAPPERS.get(head, frozenset()))
        rest = rest[_COUNTED.get(head, 0) :]
        while rest and _ASSIGNMENT.match(rest[0]):
            rest = rest[1:]
        return rest or words
    return words


def _after_options(words: tuple[str, ...], values: frozenset[str]) -> tuple[str, ...]:
    """What follows the options in front; ``--`` ends them."""
    index = 0
    while index < len(words):
        word = words[index]
        if word == "--":
            return words[index + 1 :]
        if not word.startswith("-"):
            return words[index:]
        index += 2 if word in values else 1
    return ()


def _python_module(words: tuple[str, ...]) -> tuple[str, ...]:
    """``python -m pytest -q`` runs pytest; a script or ``-c`` stays python's."""
    for index, word in enumerate(words[1:], 1):
        if word == "-m":
            return words[index + 1 :] or words
        if word.startswith("-m") and len(word) > 2:
            return (word[2:], *words[index + 1 :])
        if word == "-c" or not word.startswith("-"):
            return words
    return words


def _run_target(head: str, sub: str, words: tuple[str, ...]) -> tuple[str, ...]:
    rest = words[2:]
    if (head, sub) in {("uv", "tool"), ("dotnet", "tool")}:
        if not rest or rest[0] != "run":
            return words
        rest = rest[1:]
    if (head, sub) == ("hatch", "env"):
        if rest[:1] != ("run",):
            return words
        rest = rest[1:]
    if (head, sub) == ("uv", "run") and any(word in ("-m", "--module") for word in rest[:1]):
        return rest[1:] or words
    rest = _after_options(rest, _RUNNERS[head, sub])
    rest = rest[_COUNTED.get(head, 0) :]
    if rest[:1] == ("--",):
        rest = rest[1:]
    return _unversioned(rest) or words


def _unversioned(words: tuple[str, ...]) -> tuple[str, ...]:
    """``eslint@9`` is eslint, ``ruff==0.4`` is ruff, ``@redocly/cli@1`` is @redocly/cli."""
    if not words:
        return words
    name = words[0]
    at = name.find("@", 1)
    if at > 0 and "/" not in name[at:]:
        name = name[:at]
    return (name.partition("==")[0], *words[1:])


def _go_run(words: tuple[str, ...]) -> tuple[str, ...]:
    rest = _after_options(words[2:], frozenset({"-modfile", "-tags", "-exec"}))
    if rest and "@" in rest[0]:
        name = rest[0].partition("@")[0]
        last = re.sub(r"/v\d+\Z", "", name).rpartition("/")[2]
        return (last, *rest[1:])
    return words


def _container(head: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The command inside ``docker run IMAGE``, ``docker exec NAME`` or ``docker compose run SERVICE``."""
    rest = words[1:]
    compose = head.endswith("-compose")
    if not compose:
        rest = _after_options(rest, frozenset({"-H", "--context", "-c", "--host", "-l"}))
        if rest[:1] == ("compose",):
            compose, rest = True, rest[1:]
        elif rest[:1] == ("container",):
            rest = rest[1:]
    if compose:
        rest = _after_options(rest, _COMPOSE_VALUES)
    if not rest or rest[0] not in ("run", "exec"):
        return words
    entry = _option(rest, "--entrypoint")
    inner = _after_options(rest[1:], _DOCKER_VALUES)
    if not inner:
        return words
    if compose or rest[0] == "exec":
        inside = ((entry,) if entry else ()) + inner[1:]
        return inside or words
    image = re.split(r"[@:]", inner[0].rpartition("/")[2])[0]
    if entry:
        return (entry, *inner[1:])
    if image in TOOL_IMAGES:
        return inner[1:] if inner[1:2] == (image,) else (image, *inner[1:])
    return words if not inner[1:] or inner[1].startswith("-") else inner[1:]


def _option(words: tuple[str, ...], name: str) -> str:
    for index, word in enumerate(words):
        if word.startswith(name + "="):
            return word[len(name) + 1 :]
        if word == name and index + 1 < len(words):
            return words[index + 1]
    return ""


def runs_in_container(words: tuple[str, ...]) -> bool:
    """Says whether the command is executed inside a container, where folders of the repository have other names."""
    core = core_words(words)
    return any(
        word.rpartition("/")[2] in ("docker", "podman", "docker-compose", "nerdctl") and core is not words
        for word in words[: max(len(words) - len(core), 0)]
    )
