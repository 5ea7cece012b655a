"""Markdown as GitHub shows it: its parser, its sanitizer's rules, its style sheet, and a page around it.

The parser is GitHub's own (cmark-gfm). What it does to the HTML afterwards is not public;
the elements that it keeps are those of https://github.com/gjtorikian/html-pipeline, which was GitHub's.
The style sheet is https://github.com/sindresorhus/github-markdown-css, made from GitHub's pages.
"""

import html
import re
from collections.abc import Iterable
from pathlib import Path

import nh3
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

from tests.browser.shown import Comment

HERE = Path(__file__).parent
_OPTIONS = (
    Options.CMARK_OPT_UNSAFE  # the sanitizer comes afterwards
    | Options.CMARK_OPT_HARDBREAKS  # in issues and comments, a line end is one
    | Options.CMARK_OPT_FOOTNOTES
    | Options.CMARK_OPT_GITHUB_PRE_LANG
)
_ELEMENTS = (
    "h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead tbody tfoot"
    " blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption figure"
    " figcaption abbr bdo cite dfn mark small span time wbr section"
)
_ANYWHERE = "align alt colspan dir height id lang open rowspan start title width"
_ATTRIBUTES = {"a": {"href"}, "img": {"src"}, "*": set(_ANYWHERE.split())}
_TASK = re.compile(r'<li><input type="checkbox"( checked="")? disabled="" /> ')
_BOX = "\ue000"
"""Stands for a box while the sanitizer runs, which removes one that somebody typed."""
_MENTION = re.compile(r"(?<![\w/.&@-])@([A-Za-z0-9][A-Za-z0-9-]*(?:/[\w.-]+)?)")


def rendered(markdown: str) -> str:
    """Return the HTML in which GitHub shows a Markdown text."""
    raw = github_flavored_markdown_to_html(markdown.replace(_BOX, ""), _OPTIONS)
    marked = _TASK.sub(lambda box: f"<li>{_BOX}{'x' if box[1] else ' '}", raw)
    clean = nh3.clean(marked, tags=set(_ELEMENTS.split()), attributes=_ATTRIBUTES, link_rel="nofollow")
    shown = re.sub(
        f"<li>{_BOX}(.)",
        lambda box: (
            '<li class="task-list-item"><input type="checkbox" class="task-list-item-checkbox" '
            f"{'checked' if box[1] == 'x' else ''}> "
        ),
        clean,
    )
    lists = re.sub(r'<ul>(?=\s*<li class="task)', '<ul class="contains-task-list">', shown)
    return _with_mentions(re.sub(r"<(p|h[1-6]|ul|ol)\b", r'<\1 dir="auto"', lists))


def _with_mentions(shown: str) -> str:
    """Link the accounts and teams that a text mentions, which code and links do not."""
    parts, within = re.split(r"(<[^>]*>)", shown), 0
    for index, part in enumerate(parts):
        if part.startswith("<"):
            opens = re.match(r"<(a|code|pre)\b", part)
            within += 1 if opens else -1 if re.match(r"</(a|code|pre)>", part) else 0
        elif not within:
            parts[index] = _MENTION.sub(r'<a class="user-mention" href="https://github.com/\1">@\1</a>', part)
    return "".join(parts)


def page(comments: Iterable[Comment], title: str = "") -> str:
    """Return a page with an open issue's texts, in the layout of GitHub's; its title ends with its number."""
    styles = "".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("github-markdown.css", "page.css")
    )
    name, _, number = html.escape(title).rpartition(" ")
    heading = f"<h1>{name} <i>{number}</i></h1><b class='state'>Open</b>"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>An issue</title><style>{styles}</style>"
        f'<body class="page markdown-body">{f"<header>{heading}</header>" if title else ""}'
        f"{''.join(map(_section, comments))}</body></html>"
    )


def _section(comment: Comment) -> str:
    name, author = html.escape(comment.name), html.escape(comment.author)
    hue = sum(map(ord, comment.author)) * 47 % 360
    reaction = f"<footer><span>{comment.reaction} 1</span></footer>" if comment.reaction else ""
    return (
        f'<section><div class="by"><i style="background: hsl({hue} 45% 45%)">{author[0].upper()}</i>'
        f"<b>{author}</b>{'<small>bot</small>' if comment.bot else ''}<span>{comment.when}</span></div>"
        f'<article class="markdown-body" data-name="{name}">{rendered(comment.text)}</article>'
        f"{reaction}</section>"
    )
