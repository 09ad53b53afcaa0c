"""Files that code writes, and whether a rename or a lock makes that safe."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from gonogo.facts.code import Call, CodeFile, Language, Write
from gonogo.tools.code.application import Application

_MODE = re.compile(r"[rwax+bt]+$")
_SCRIPT_WRITES = frozenset(
    [
        "writeFile",
        "writeFileSync",
        "writeJson",
        "writeJSON",
        "writeJsonSync",
        "outputFile",
        "outputJson",
        "outputFileSync",
    ]
)
_RENAMES = re.compile(
    r"^os\.(replace|rename)$|^shutil\.move$|(^|\.)(rename|renameSync|replace)$|^os\.Rename$|Files\.move$|write-file-atomic|atomicwrites|"
    r"NamedTemporaryFile$|mkstemp$|natefinch/atomic|renameio"
)
_LOCKS = re.compile(
    r"flock|lockf|filelock|portalocker|proper-lockfile|lockfile|(^|\.)(acquire|Lock|runExclusive|lock|withLock|RLock)$|async-mutex|Mutex",
    re.I,
)


def find_writes(application: Application) -> Iterator[Write]:
    """Every write of a file, with what protects it in the same function."""
    for file in application.files:
        by_function: dict[str, list[Call]] = defaultdict(list)
        for call in file.calls:
            by_function[call.function].append(call)
        for call in file.calls:
            mode = _mode(file, call)
            if not mode:
                continue
            beside = by_function[call.function]
            if mode == "replace" and any(_RENAMES.search(other.name) and _is_path_call(other) for other in beside):
                mode = "atomic"
            locked = any(_LOCKS.search(other.name) for other in beside) or _with_lock(file, call, application)
            yield Write(call, mode, locked, _target(call))


def _is_path_call(call: Call) -> bool:
    """``str.replace`` has two strings, ``Path.replace`` one path."""
    return call.method != "replace" or call.name == "os.replace" or len(call.arguments) == 1


def _with_lock(file: CodeFile, call: Call, application: Application) -> bool:
    if file.language is not Language.PYTHON:
        return False
    lines = application.repository.lines(file.path)
    start = max(call.at.line - 25, 0)
    return any(re.match(r"\s*(async )?with\s+[\w.]*_?lock\w*\b", line, re.I) for line in lines[start : call.at.line])


def _target(call: Call) -> str:
    if call.method in ("write_text", "write_bytes") or (call.method == "open" and call.name != "open"):
        return call.raw.rpartition(".")[0]
    return call.arguments[0].text[:120] if call.arguments else ""


def _mode(file: CodeFile, call: Call) -> str:
    name, method = call.name, call.method
    if file.language is Language.PYTHON:
        if name in ("open", "io.open", "codecs.open", "aiofiles.open", "gzip.open") or (
            method == "open" and "path" in name.lower()
        ):
            given = call.argument("mode") or call.positional(0 if method == "open" and name not in _OPENS else 1)
            return _open_mode(str(given.value)) if given is not None and isinstance(given.value, str) else ""
        if method in ("write_text", "write_bytes"):
            return "replace"
    elif file.language in (Language.JAVASCRIPT, Language.TYPESCRIPT):
        if method in _SCRIPT_WRITES and len(call.arguments) >= 2:
            flag = call.argument("flag")
            return _open_mode(str(flag.value)) if flag is not None and flag.literal else "replace"
        if method in ("appendFile", "appendFileSync") and len(call.arguments) >= 2:
            return "append"
        if method == "createWriteStream":
            flag = call.argument("flags")
            return "append" if flag is not None and str(flag.value).startswith("a") else "replace"
    elif file.language is Language.GO:
        if name in ("os.WriteFile", "io/ioutil.WriteFile", "os.Create"):
            return "replace"
        if name == "os.OpenFile" and len(call.arguments) > 1:
            flags = call.arguments[1].text
            if "O_APPEND" in flags:
                return "append"
            return "exclusive" if "O_EXCL" in flags else "replace" if re.search(r"O_(WRONLY|RDWR|TRUNC)", flags) else ""
    elif re.search(
        r"Files\.(write|writeString|newBufferedWriter|newOutputStream)$|(^|\.)(FileWriter|FileOutputStream)$", name
    ):
        text = " ".join(argument.text for argument in call.arguments)
        return "append" if "APPEND" in text or re.search(r",\s*true\s*$", text) else "replace"
    return ""


_OPENS = frozenset({"open", "io.open", "codecs.open", "aiofiles.open", "gzip.open"})


def _open_mode(mode: str) -> str:
    if not _MODE.match(mode):
        return ""
    if "x" in mode:
        return "exclusive"
    if "a" in mode:
        return "append"
    return "replace" if "w" in mode or "+" in mode else ""
