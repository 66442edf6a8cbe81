"""The page docs/equations.md, made from the declarations: `python -m models.equations.page`."""

import sys

from models.equations.equation import Equation
from models.equations.input import FLAGS, Input
from models.equations.register import EQUATIONS

_HEAD = """# Published equations

Made from the declarations in `models/equations` by `python -m models.equations.page > docs/equations.md`;
change those, not this page.

```sh
smartclinic equation prevent < inputs.json     # → JSON
```

```python
from models.equations.register import calculate, calculate_frame
```

A bare number is in the unit shown; `{"value": 200, "unit": "mg/dL"}` is converted. `true` and `false`
are not numbers, and 1 and 0 are not answers. Whatever is unknown, missing, of the wrong kind or out of
range is refused with its name; nothing is clamped. A value that may be left out says in `warnings` what
was done without it. Show the citation with every result. `calculate_frame` takes a polars frame with a
column per input and gives every row the same results as `calculate`, or the reason in `refused`.

The answer: `equation`, `model`, `results` (`outcome`, `horizon_years`, `value`, `unit`, `band`),
`warnings`, `citation`. Values are not rounded.

These are published formulas, checked against published values. None is a medical device here, and none
decides: each section says what it must not be used for. FRAX (proprietary) and QRISK3 (for the United
Kingdom) are left out.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_section(equation) for equation in EQUATIONS.values())])


def _section(equation: Equation) -> str:
    lines = [f"## {equation.name}: {equation.title}\n", f"{equation.formula}\n"]
    lines += ["| input | accepted | may be left out |", "|---|---|---|"]
    lines += [_line(declared) for declared in equation.inputs]
    lines += ["", "| outcome | years | unit | bands |", "|---|---|---|---|"]
    lines += [
        f"| `{o.outcome}` | {o.horizon_years or ''} | {o.unit} | {', '.join(o.bands)} |"
        for o in equation.outcomes
    ]
    lines += ["", f"Models: {', '.join(equation.models)}.\n", "Not for:\n"]
    lines += [f"- {sentence}" for sentence in equation.not_for]
    lines += ["", f"Source: {equation.citation}.\n"]
    return "\n".join(lines)


def _line(declared: Input) -> str:
    accepted = declared.range()
    if declared.kind == "flag":
        accepted = f"true: {FLAGS[declared.name]}"
    if declared.advice:
        accepted += f" ({declared.advice})"
    absent = "" if declared.required else "yes"
    if declared.default is not None:
        absent = f"yes: {str(declared.default).lower()}"
    return f"| `{declared.name}` | {accepted} | {absent} |"


if __name__ == "__main__":
    sys.stdout.write(page())
