"""HTML pieces of the report: text, tables, figures, and the page around them."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

_NUMBER = re.compile(r"-?[\d,.\u202f]+( ?%| s| h)?")
_STYLE = Path(__file__).with_name("style.css")


def text(value: object) -> str:
    """Escape a value for HTML; whole numbers get thin spaces between thousands."""
    if isinstance(value, bool) or not isinstance(value, int):
        return html.escape(str(value))
    return f"{value:,}".replace(",", "\u202f")


def table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Return a table; numbers are set to the right."""
    body = "".join(
        "<tr>" + "".join(f"<td{_kind(cell)}>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    top = "".join(f"<th>{text(cell)}</th>" for cell in head)
    title = f"<caption>{text(caption)}</caption>" if caption else ""
    return f"<div class=wide><table>{title}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def _kind(cell: object) -> str:
    if isinstance(cell, bool):
        return ""
    if isinstance(cell, int | float) or _NUMBER.fullmatch(str(cell)):
        return " class=number"
    return " class=wrong" if "✗" in str(cell) else ""


def paragraph(words: str) -> str:
    """Return a paragraph of plain text."""
    return f"<p>{text(words)}</p>"


def bullets(items: Iterable[str]) -> str:
    """Return a list of plain texts."""
    return "<ul>" + "".join(f"<li>{text(item)}</li>" for item in items) + "</ul>"


def figure(drawing: Figure, caption: str, *, dense: bool = False) -> str:
    """Return a figure inside the page: vector graphics, or pixels where there are too many points."""
    buffer = io.BytesIO()
    if dense:
        drawing.savefig(buffer, format="png", dpi=130, metadata={"Software": None})
        image = f'<img alt="{text(caption)}" src="data:image/png;base64,{_base64(buffer)}">'
    else:
        drawing.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        image = f'<img alt="{text(caption)}" src="data:image/svg+xml;base64,{_base64(buffer)}">'
    return f"<figure>{image}<figcaption>{text(caption)}</figcaption></figure>"


def _base64(buffer: io.BytesIO) -> str:
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def section(title: str, *parts: str, anchor: str) -> str:
    """Return a section with its heading."""
    return f"<section id='{text(anchor)}'><h2>{text(title)}</h2>{''.join(parts)}</section>"


def subsection(title: str, *parts: str) -> str:
    """Return a part of a section with its heading."""
    return f"<h3>{text(title)}</h3>{''.join(parts)}"


def folded(title: str, *parts: str) -> str:
    """Return parts that a reader opens only when wanted."""
    return f"<details><summary>{text(title)}</summary>{''.join(parts)}</details>"


def page(title: str, lead: str, sections: Sequence[tuple[str, str, str]]) -> str:
    """Return the whole page from (anchor, title, HTML) triples; everything it needs is inside."""
    links = " · ".join(f"<a href='#{anchor}'>{text(name)}</a>" for anchor, name, _ in sections)
    body = "".join(content for _, _, content in sections)
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{text(title)}</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><header><h1>{text(title)}</h1>{lead}<nav>{links}</nav></header><main>{body}</main></body></html>\n"
    )
