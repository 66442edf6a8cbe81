"""The flow of a cohort as a picture: one HTML page with one SVG, no script and nothing from elsewhere."""

from html import escape

from models.task.flow import Flow, Step

BOX, SIDE, GAP, LINE, PAD = 470, 330, 26, 20, 14  # pixels
MAIN_X, SIDE_X = 20, 20 + BOX + 60
KEY_LETTERS = 46
LETTERS = 52  # of a line in a main box; about 8 pixels each

_STYLE = """
body { font: 15px system-ui, sans-serif; margin: 32px; color: #1d2733; background: #fff; }
h1 { font-size: 20px; } p { max-width: 60em; }
svg { max-width: 100%; height: auto; }
.box { fill: #f3f6fa; stroke: #7a8ca0; } .end { fill: #e4f2e8; stroke: #4c8a5e; }
.out { fill: #fff; stroke: #b98a8a; stroke-dasharray: 4 3; }
.line { stroke: #7a8ca0; fill: none; } .key { fill: #6a7787; font-size: 12px; } .number { font-weight: 600; }
"""


def page(title: str, flow: Flow) -> str:
    """The page as text: what is left from top to bottom, what is lost at the side of each step."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>Cohort of {escape(title)}</h1>\n{picture(flow)}\n</body></html>\n"
    )


def picture(flow: Flow) -> str:
    """The SVG element."""
    parts, y = [], 20
    steps = [*flow.steps]
    for number, step in enumerate(steps):
        if step.lost or number == 0 or step.key == "trigger" or step.unit != steps[number - 1].unit:
            drawn, y = _step(step, y, first=number == 0)
            parts.append(drawn)
    drawn, y = _end(flow, y)
    parts.append(drawn)
    width = SIDE_X + SIDE + 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" '
        f'role="img" aria-label="cohort flow diagram">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#7a8ca0"/></marker></defs>\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def _step(step: Step, y: int, first: bool) -> tuple[str, int]:
    """A step's box with what it lost at its side, and where the next begins."""
    lines = _folded(step.said, LETTERS)
    drawn = []
    begins = step.lost == 0
    if not begins:
        lost = [f"{step.lost:,} {step.unit} lost, {step.left:,} left", *_folded(f"asked: {step.said}", 38)]
        tall = PAD * 2 + LINE * (len(lost) + 1)
        drawn.append(_box(SIDE_X, y, SIDE, tall, "out", lost, step.key))
        middle = y + tall // 2
        drawn.append(_line(MAIN_X + BOX // 2, middle, SIDE_X, middle))
        drawn.append(
            _line(MAIN_X + BOX // 2, y - GAP if not first else y, MAIN_X + BOX // 2, y + tall, tip=False)
        )
        return "\n".join(drawn), y + tall + GAP
    tall = PAD * 2 + LINE * (len(lines) + 1)
    if not first:
        drawn.append(_line(MAIN_X + BOX // 2, y - GAP, MAIN_X + BOX // 2, y))
    drawn.append(_box(MAIN_X, y, BOX, tall, "box", [f"{step.left:,} {step.unit}", *lines], ""))
    return "\n".join(drawn), y + tall + GAP


def _end(flow: Flow, y: int) -> tuple[str, int]:
    lines = [f"{flow.rows:,} rows of {flow.subjects:,} subjects"]
    if flow.positive is not None:
        share = f" ({flow.positive / flow.rows:.1%})" if flow.rows else ""
        lines.append(f"label above 0 in {flow.positive:,}{share}, 0 in {flow.rows - flow.positive:,}")
    if flow.repeated:
        lines.append(f"{flow.repeated:,} at a prediction time that another row has")
    if flow.hollow:
        lines.append(f"{flow.hollow:,} whose label window holds no moment")
    tall = PAD * 2 + LINE * len(lines)
    line = _line(MAIN_X + BOX // 2, y - GAP, MAIN_X + BOX // 2, y)
    return f"{line}\n{_box(MAIN_X, y, BOX, tall, 'end', lines, '')}", y + tall + 20


def _box(x: int, y: int, width: int, tall: int, kind: str, lines: list[str], key: str) -> str:
    texts = [
        f'<text x="{x + PAD}" y="{y + PAD + LINE * n + 14}"{" class=" + chr(34) + "number" + chr(34) if n == 0 else ""}>'
        f"{escape(line)}</text>"
        for n, line in enumerate(lines)
    ]
    if key:
        key = key if len(key) <= KEY_LETTERS else f"{key[: KEY_LETTERS - 1]}…"
        texts.append(
            f'<text class="key" x="{x + PAD}" y="{y + PAD + LINE * len(lines) + 14}">{escape(key)}</text>'
        )
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{tall}" rx="6"/>' + "".join(texts)


def _line(x1: int, y1: int, x2: int, y2: int, tip: bool = True) -> str:
    marker = ' marker-end="url(#tip)"' if tip else ""
    return f'<path class="line" d="M{x1} {y1} L{x2} {y2}"{marker}/>'


def _folded(text: str, letters: int) -> list[str]:
    """Words into lines; a word too long is cut."""
    lines: list[str] = []
    for word in text.split():
        word = word if len(word) <= letters else f"{word[: letters - 1]}…"
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
