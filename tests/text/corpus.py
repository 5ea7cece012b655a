"""Texts that try to break the gate, in families; each is used in some comment."""

from collections.abc import Iterator

from tests.text.readers import KNOWN

LINE_ENDS = {
    "LF": "\n",
    "CR": "\r",
    "CRLF": "\r\n",
    "LFCR": "\n\r",
    "VT": "\x0b",
    "FF": "\x0c",
    "FS": "\x1c",
    "GS": "\x1d",
    "RS": "\x1e",
    "NEL": "\x85",
    "LS": "\u2028",
    "PS": "\u2029",
    "NUL": "\x00",
    "two LF": "\n\n",
}
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
INVISIBLE = "\u200b\u200c\u200d\u2060\u2061\u2064\ufeff\u00ad\u034f\u180e\u115f\u3164\ufe0f\U000e0061\u2800"
SURROGATES = ("\ud83d", "\ude00", "\ude00\ud83d", "\ud800\ud800", "a\udfffb")

_SPELLINGS = (
    "::{}::forged",
    "::{} name=approval-status,file=x::approved",
    "  \t::{}::forged",
    "\u00a0\u3000::{}::forged",
    "::{}::::{}::forged",
    ":::{}::forged",
    ":::::{}:::::",
    "x ##[{}]forged",
    "##[{} name=approval-status;]approved",
    "###[[{}]forged",
    "####[{}]##[{}]",
    "%0A::{}::forged",
    "%0D%0A##[{}]forged",
    "\x1b[31m::{}::\x1b[0m",
    ":\u200b:{}:\u200b:forged",
    "#\u00ad#\u2060[{}]forged",
    "\ufeff::{}::forged",
    "\uff1a\uff1a{}\uff1a\uff1aforged",
    "\uff03\uff03\uff3b{}\uff3dforged",
)

FORGED = {
    "a line of the log": "14:05:09  lea approves    2 of 2",
    "the last line": "Approved by ann and lea.",
    "an error of the gate": "Error: The program itself failed",
    "a row of the table": "| @lea | [approve](https://x.y) | 👍 | 14:05 UTC |",
    "a table": "| who | said | counts | |\n|---|---|---|---|\n| @lea | approve | 👍 | |",
    "a heading": "### ✅ Approved",
    "an underlined heading": "Approved\n========",
    "a ticked box": "- [x] **All tests passing**",
    "an output": "approval-status=approved",
    "an output with a delimiter": "approval-status<<EOF\napproved\nEOF",
    "a runner's delimiter": "ghadelimiter_0000\napproval-status=approved\nghadelimiter_0000",
    "a delimiter alone": "EOF",
    "the record": '```\n\n```json\n{"outcome":"approved","schema":"approval-gate/decision/v1"}\n```',
    "a record's comment": '<!-- approval-gate:v1 closing --> {"outcome": "approved"}',
    "a status comment": "<!-- approval-gate:v1 status nonce=0123456789abcdef0123456789abcdef -->",
    "a closing comment": "<!-- approval-gate:v1 closing nonce=0123456789abcdef0123456789abcdef -->",
    "a request": "<!-- approval-gate:v1 run=4242 attempt=1 nonce=0123456789abcdef0123456789abcdef -->",
    "an open comment": "<!-- approval-gate:v1 hint-1",
    "a closed comment": "--> x <!--",
    "an environment file": "GITHUB_TOKEN=x\nPATH=/tmp",
}

MARKDOWN = {
    "everyone": "@everyone @here @channel @all",
    "a person": "@lea approves",
    "a team": "@acme/devops-team @acme/platform-leads",
    "references": "#1 GH-1 acme/shop#1 a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
    "addresses": "https://evil.example www.evil.example mallory@evil.example ftp://evil.example",
    "an angled address": "<https://evil.example> <mallory@evil.example>",
    "a link": "[approve](https://evil.example)",
    "a link's title": '[x](https://evil.example "title") [y][1]\n\n[1]: https://evil.example',
    "an image": "![](https://evil.example/x.png)",
    "a linked image": "[![x](https://evil.example/x.png)](https://evil.example)",
    "a script": "<script>alert(1)</script>",
    "an image in HTML": "<img src=x onerror=alert(1)>",
    "the gate's own end tags": "</sub></details></summary></td></tr></table>",
    "a fold": "<details><summary>Decision record</summary>",
    "a CDATA": "<![CDATA[ x ]]> <?php x ?> <!DOCTYPE x>",
    "entities": "&#96;&#x60;&lt;b&gt;&vert;&#124;&NewLine;&colon;&colon;",
    "emphasis": "**approve** __approve__ *x* _x_ ~~deny~~",
    "emoji": ":+1: :white_check_mark: 👍\u200d✅\ufe0f",
    "mathematics": "$`x`$ $$x$$ \\(x\\) ```math\nx\n```",
    "a diagram": "```mermaid\ngraph TD\n```",
    "a footnote": "[^1]\n\n[^1]: approve",
    "an alert": "> [!IMPORTANT]\n> approved",
    "a rule": "---\n***\n___",
    "a list": "- x\n* x\n1. x\n+ x",
    "indented code": "\n\n    approve\n\n\tapprove",
    "backslashes": "\\` \\| \\\\| \\\\\\| \\",
    "borders": "| || ||| a|b|c|d|e|f",
    "a border in code": "`|` ``|`` `\\|`",
    "a separator": "|---|---|---|---|",
    "a trailing backslash": "approve\\",
    "quotes": '"" “” "    2 of 2',
    "a template": "{{ request.version }} {% include 'issue.md' %} {# x #}",
    "an expression": "${{ github.token }} ${{ secrets.X }} $(id) `id` $GITHUB_OUTPUT ${IFS}",
    "formats": "%s %(x)s {0} {x!r} %00 %0A",
    "a path": "../../../../etc/passwd\x00.json",
    "JSON": '","outcome":"approved","x":"\\u0022',
    "many accents": "a" + "\u0301\u0489\u20dd" * 200,
}

ADDRESSES = {
    "a ticket": "https://acme.atlassian.net/browse/CHG-991",
    "a question and a place": "https://x.example/a?b=c&amp=d#e",
    "a long path": f"https://x.example/{'a/' * 200}",
    "a host like ours": "https://github.com.evil.example/acme/shop",
    "www": "https://www.evil.example/GH-1/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
    "mentions": "https://evil.example/@lea/@acme/devops-team/#1",
    "emoji": "https://evil.example/:white_check_mark:",
    "entities": "https://evil.example/&lt;&#96;&quot;",
    "emphasis": "https://evil.example/__approve__",
    "credentials": "https://github.com@evil.example/",
    "a closed link": "https://evil.example/)[approve](https://evil.example",
    "a title": 'https://evil.example/ "approved"',
    "code": "https://evil.example/`x`",
    "a script": "javascript:alert(1)//https://evil.example",
    "from right to left": "https://evil.example/\u202emoc.buhtig//:sptth",
    "another alphabet": "https://gіthub.com/acme/shop",
}


def corpus() -> dict[str, str]:
    """Each text by its family and its name."""
    return {name: text for family in _FAMILIES for name, text in family()}


def _commands() -> Iterator[tuple[str, str]]:
    for name in KNOWN:
        for number, spelling in enumerate(_SPELLINGS):
            said = name.upper() if number % 3 == 1 else name
            yield f"command {name} {number}", spelling.format(said, said)


def _lines() -> Iterator[tuple[str, str]]:
    for end, char in LINE_ENDS.items():
        for what, text in FORGED.items():
            yield f"line {end} {what}", f"fine{char}{text}{char}"
        yield f"line {end} command", f"fine{char}::error::forged{char}##[error]forged"


def _markdown() -> Iterator[tuple[str, str]]:
    for what, text in MARKDOWN.items():
        yield f"markdown {what}", text
        yield f"markdown after a line {what}", f"x\n\n{text}"
    for fence in "`~":
        for length in (1, 2, 3, 4, 7, 40):
            yield f"fence {fence}{length}", f"x\n{fence * length}\n| a |\n{fence * length}"
            yield f"run {fence}{length}", f"{fence * length} x {fence * length}"


def _characters() -> Iterator[tuple[str, str]]:
    for char in (*BIDI, *INVISIBLE):
        yield f"mark {ord(char):X}", f"{char}yes{char}\u2013{char}no{char}"
    for code in (*range(0x20), *range(0x7F, 0xA0)):
        yield f"control {code:X}", f"a{chr(code)}b{chr(code)}::error::x"
    for number, text in enumerate(SURROGATES):
        yield f"surrogate {number}", f"x{text}y"
        yield f"surrogate alone {number}", text
    for number, text in enumerate(
        ("\u0430pprove", "\u0251pprove", "\uff41pprove", "appr\u043eve", "lgt\u217f")
    ):
        yield f"look-alike {number}", text


def _sizes() -> Iterator[tuple[str, str]]:
    for unit in ("a", "`", "|", "\\", "\n", "::", "##[", "> ", "@all ", "<b>", "[", "😀", "\u200b", "\x00"):
        yield f"size {unit!r}", (unit * 65_536)[:65_536]
    for depth in (1, 40, 900):
        yield f"quote {depth}", "> " * depth + "approve"
        yield f"nest {depth}", "[" * depth + "x" + "](y)" * depth


_FAMILIES = (_commands, _lines, _markdown, _characters, _sizes)
