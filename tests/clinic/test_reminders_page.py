"""docs/reminders.md says what the code does."""

import re
from pathlib import Path

import pytest

from clinic.notification.schemas import Suppression
from clinic.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "reminders.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", Suppression)
def test_every_reason_is_explained(reason: Suppression) -> None:
    assert f"`{reason}`" in PAGE


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_named_with_its_default(name: str) -> None:
    default = Settings.model_fields[name].default

    assert re.search(rf"\| `SMARTCLINIC_CLINIC_{name.upper()}` \| {default or 'none'}", PAGE)


def test_the_example_of_a_refusal_compiles() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    compile(example, "reminders.md", "exec")
