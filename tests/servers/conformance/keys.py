"""Keys that break a client which tidies, decodes or quotes them wrongly."""

# Ten levels of 100 bytes and a rest: MinIO takes no path element over 255 bytes.
LONG_IN_ELEMENTS = "/".join(["e" * 100] * 10) + "/" + "e" * 14
LONG_IN_ONE_PIECE = "b" * 1024
TOO_LONG = "t" * 1025

ODD_KEYS = (
    # Space, plus and percent: each is another character in some encoding of URLs.
    "with space",
    " ",
    " space first and last ",
    "a+b",
    "100%",
    "%2F",
    "%41",
    "a%20b",
    # What a URL library takes for the end of the path.
    "?uploads",
    "#fragment",
    "a;b",
    "k?uploadId=1&x=2",
    # What a URL library removes.
    "/lead",
    "trail/",
    "a//b",
    "./x",
    "a/./b",
    "..",
    "a/../b",
    "back\\slash",
    # Beyond ASCII.
    "ünïcødé/日本語",
    "e\u0301 in two code points",
    "emoji-🎉",
    "last-\U0010ffff",
    "bidi-\u202egnp.exe",
    "zero-\u200bwidth",
    "replacement-\ufffd-itself",
    # What XML escapes, forbids or changes.
    "&<>\"'",
    "&amp;",
    "]]>",
    "new\nline",
    "cr\rx",
    "crlf\r\nx",
    "tab\tx",
    "ctl\x01x",
    "esc\x1b[31mred",
    "del\x7f",
    "nel\x85",
    "non-\ufffe-character",
    # What a shell, a spreadsheet or a store's own naming could take for something else.
    "=cmd()",
    "-rf",
    "'; drop",
    "$HOME",
    "*glob?",
    "_x",
    "k.2~abc.meta",
    LONG_IN_ELEMENTS,
    LONG_IN_ONE_PIECE,
    TOO_LONG,
    "nul\x00x",
)
