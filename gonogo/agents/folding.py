"""Text as it is meant: hidden characters, look-alikes and common encodings undone, so that one pattern finds all.

Both texts and patterns go through :func:`skeleton`, so that ``l``, ``1`` and a Cyrillic letter that looks like them are
the same to both.
"""

from __future__ import annotations

import html
import re
import unicodedata
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.tools.redaction import make_visible

MOST_DEPTH = 2
"""How often something encoded is decoded within something encoded."""

_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧВНРСТУХ", "ABEZHIKMNOPTYXBHPCTYX")
"""Capitals whose small letter looks like another one."""
_LOOKALIKES = (
    ("авгекмнорстухіѕјԁһԛԝѵӏ", "abrekmhopctyxisjdhqwvi"),
    ("αβγεικνορτυχωμ", "abyeikvoptuxwm"),
    ("ᴀʙᴄᴅᴇꜰғɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdeffghijkimnopqrstuvwyz"),
    ("ıłøđɑɡοօոսհl", "iiodagoonuhi"),
    ("‹›⟨⟩❮❯〈〉«»≪≫⋘⋙˂˃ᐸᐳ", "<><><><><><><><><>"),
)
_FOLDED: dict[int, str] = {
    **{ord(char): plain for chars, plains in _LOOKALIKES for char, plain in zip(chars, plains, strict=True)},
    **{first + i: chr(97 + i).replace("l", "i") for first in (0x1F150, 0x1F170) for i in range(26)},  # 🅐 🅰
}
_LEET = str.maketrans("013457@$", "oieastas")
_IN_WORD = re.compile(r"(?<=[a-z])[013457@$]+|[013457]{1,8}(?=[a-z])")
_STOP = re.compile(r"[.!?;](?=[\s\"'`)\]*]|\Z)|[{};]|(?<=\n)[^\w\n]*(?=\n)")
"""What ends a sentence, a statement or a block: no phrase goes on after it."""
_BETWEEN_WORDS = re.compile(r"(?:[^\w\n\x00]|_)+")
_SPELLED = re.compile(r"(?<![^ \n])(?:[^\W\d_] ){7,}[^\W\d_](?![^ \n])")
_GLUED = re.compile(r"[^\W\d_]{16,}")
_VISIBLE = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_TAGS = re.compile(r"(?:\\u\{e00[2-7][0-9a-f]\})+")
_SELECTORS = re.compile(r"(?:\\u\{(?:fe0[0-9a-f]|e01[0-9a-e][0-9a-f])\}){4,}")
_ESCAPED = re.compile(r"((?:\\{1,4}u[0-9a-fA-F]{4})+)|\\{1,4}x([0-9a-fA-F]{2})|\\{1,4}[nrt]")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_ENTITY = re.compile(r"&(?:#x?[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_ENCODED_LINE = re.compile(r"[^\w\n]{0,12}([A-Za-z0-9+/_-]{2,}={0,2})[^\w\n]{0,4}")
_MIRROR = "\\u{202e}"


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text, or of something encoded in it. ``fixed``: all of it stands in the line ``line``."""

    folded: str
    """Without disguise, punctuation kept."""
    words: str
    """Words alone, parted by spaces and the line ends of the text; a NUL ends a sentence."""
    glued: str
    """Words that were spelled letter by letter or glued together, without any space in them; often empty."""
    line: int = 0
    fixed: bool = False


def read_views(text: str) -> Iterator[View]:
    """The text itself, then what it holds encoded or mirrored; lines count from 0."""
    for line, piece, fixed in _pieces(text, 0):
        folded = skeleton(piece)
        plain = _IN_WORD.sub(lambda match: match[0].translate(_LEET), folded)
        words = " " + _BETWEEN_WORDS.sub(" ", _STOP.sub(" \0 ", plain)) + " "
        yield View(folded, words, "".join(_glued(words)), line, fixed)


def skeleton(text: str) -> str:
    """The text in small letters, without accents, with one letter for all that look like it. Lines stay lines."""
    if text.isascii():
        return text.lower().replace("l", "i")
    text = unicodedata.normalize("NFKD", text).translate(_CAPITALS).casefold()
    text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return text.translate(_FOLDED)


def _glued(words: str) -> Iterator[str]:
    """Long words and spelled ones, each at the line where it stands."""
    spelled = _SPELLED.sub(lambda match: match[0].replace(" ", ""), words)
    for match in re.finditer(r"\n|" + _GLUED.pattern, spelled):
        yield match[0] if match[0] == "\n" else f" {match[0]} "


def _pieces(text: str, depth: int) -> Iterator[tuple[int, str, bool]]:
    """The text without escapes, then what is decoded from it, with the line of each."""
    shown = make_visible(_without_escapes(text))[0]
    plain = _revealed(shown)
    yield 0, plain, False
    if depth == MOST_DEPTH:
        return
    if _MIRROR in shown:
        for number, line in enumerate(shown.split("\n")):
            if _MIRROR in line:
                yield number, _revealed(line.partition(_MIRROR)[2])[::-1], True
    for number, decoded in _decoded(plain):
        yield from ((number, piece, True) for _, piece, _ in _pieces(decoded, depth + 1))


def _without_escapes(text: str) -> str:
    """Undoes the escapes of addresses, markup and strings. No line is added or lost."""
    if "%" in text:
        text = _PERCENT.sub(lambda match: _as_line(bytes.fromhex(match[0].replace("%", "")), "utf-8"), text)
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]).replace("\n", " "), text)
    return _ESCAPED.sub(_unescaped, text) if "\\" in text else text


def _revealed(text: str) -> str:
    """The text without hidden characters, which stand escaped; what some of them spell stands in their place."""
    if "\\u{" not in text:
        return text
    text = _SELECTORS.sub(_smuggled, text)
    text = _TAGS.sub(lambda match: " " + "".join(chr(code - 0xE0000) for code in _codes(match[0])) + " ", text)
    return _VISIBLE.sub(lambda match: _shown(int(match[1], 16)), text)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        units = re.findall(r"u([0-9a-fA-F]{4})", match[1])
        return _as_line(b"".join(int(unit, 16).to_bytes(2, "big") for unit in units), "utf-16-be")
    return _as_line(bytes.fromhex(match[2]), "latin-1") if match[2] else " "


def _codes(text: str) -> list[int]:
    return [int(code, 16) for code in _VISIBLE.findall(text)]


def _shown(code: int) -> str:
    """What was escaped although it shows; a hidden character is nothing."""
    return chr(code) if code <= 0x10FFFF and chr(code) != "\n" and not make_visible(chr(code))[1] else ""


def _smuggled(match: re.Match[str]) -> str:
    """Bytes that variation selectors carry, each one byte."""
    data = bytes(code - 0xFE00 if code < 0xFF00 else code - 0xE0100 + 16 for code in _codes(match[0]))
    return " " + _as_line(data, "utf-8") + " "


def _as_line(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "replace").replace("\n", " ")


def _decoded(text: str) -> Iterator[tuple[int, str]]:
    """Texts that stand in base64 or hex, within a line or over several."""
    block: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""]):
        for run in _ENCODED.findall(line):
            if (found := _decode(run)) is not None:
                yield number, found
        whole = _ENCODED_LINE.fullmatch(line)
        if whole and (block or len(whole[1]) >= 20):
            block.append(whole[1])
            continue
        if len(block) > 1 and (found := _decode("".join(block))) is not None:
            yield number - len(block), found
        block = []


def _decode(run: str) -> str | None:
    """What base64 or hex holds, if that is text; the alphabet has a slash, so that a path may stand before it."""
    for part in dict.fromkeys((run, *re.split(r"[/_-]", run))):
        if len(part) < 16:
            continue
        if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", part):
            data = bytes.fromhex(part)
        else:
            plain = part.rstrip("=").replace("+", "-").replace("/", "_")
            try:
                data = urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
            except (Base64Error, ValueError):
                continue
        if (text := _as_text(data)) is not None:
            return text
    return None


def _as_text(data: bytes) -> str | None:
    if len(data) > 8 and not any(data[1::2]):
        data = data[::2]  # UTF-16, as PowerShell encodes commands
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    letters = sum(char.isalpha() or char in " \n" for char in text)
    shown = all(char.isprintable() or char in "\n\t" for char in text)
    return text if len(text) >= 8 and letters >= 0.75 * len(text) and shown else None
