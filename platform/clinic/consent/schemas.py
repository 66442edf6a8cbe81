"""Words of the consent ledger."""

from enum import StrEnum
from typing import Literal

Purpose = Literal["reminder", "research", "marketing"]


class Decision(StrEnum):
    """What a patient decided about one purpose."""

    PERMITTED = "permitted"
    REFUSED = "refused"
    NEVER_ASKED = "never asked"
