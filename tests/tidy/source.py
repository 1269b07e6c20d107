"""A source file as the rules see it: its text, its code without comments and strings, its comments."""

import re

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.S,
)


def blank(text):
    """The same text as spaces; lines stay lines, so that line numbers stay right."""
    return re.sub(r"[^\n]", " ", text)


class Source:
    """One file. `path` is relative to the root, with slashes: "daemon/store/log.c"."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.folder, _, self.name = path.rpartition("/")
        self.suffix = self.name.rpartition(".")[2] if "." in self.name else ""
        self.is_c = self.suffix in ("c", "h")
        self.is_proto = self.suffix == "proto"
        has_c_comments = self.is_c or self.is_proto
        self.code = self._without("comment", "string") if has_c_comments else text
        self.includes = self._find_includes() if self.is_c else []
        self.comments = self._find_comments()

    def _without(self, *kinds):
        def cut(match):
            return blank(match.group()) if match.lastgroup in kinds else match.group()

        return TOKEN.sub(cut, self.text)

    def _find_includes(self):
        """(line, name, quoted?) of every #include."""
        pattern = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
        text = self._without("comment")
        return [(line_of(text, m.start(1)), m[2], m[1] == '"') for m in pattern.finditer(text)]

    def _find_comments(self):
        """(line, text) of every comment."""
        if self.is_c or self.is_proto:
            return [
                (line_of(self.text, m.start()), m.group())
                for m in TOKEN.finditer(self.text)
                if m.lastgroup == "comment"
            ]
        pattern = re.compile(r"(?:^|\s)#[^\n]*")
        return [
            (number, match.group())
            for number, line in enumerate(self.text.split("\n"), 1)
            for match in pattern.finditer(line)
        ]

    def is_under(self, *folders):
        return any(self.path.startswith(folder + "/") for folder in folders)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
