"""Small messages to read."""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Messages:
    """Makes messages: segments are joined with CR, as the standard has it."""

    sender: str = "LAB"

    def of(self, kind: str, *segments: str, time: str = "20240507093000+0300", **header: str) -> str:
        """A message of type `kind` with these segments after MSH."""
        id, charset = header.get("id", "M1"), header.get("charset", "")
        mode, sender = header.get("mode", "P"), header.get("sender", self.sender)
        msh = f"MSH|^~\\&|{sender}|CLINIC|EMR|CLINIC|{time}||{kind}|{id}|{mode}|2.5.1||||||{charset}"
        return "\r".join([msh, *segments]) + "\r"

    def oru(self, *results: str, **header: str) -> str:
        """Results of one order of the patient p1."""
        obr = header.pop("obr", "OBR|1|P7|F7|24323-8^Panel^LN|||20240506100000+0300")
        return self.of("ORU^R01^ORU_R01", self.pid(), obr, *results, **header)

    def pid(self, id: str = "p1", rest: str = "||Соловьёв^Пётр^Ильич||19700302|M") -> str:
        """The patient, whose number nobody else gives out."""
        return f"PID|1||{id}^^^^MR{rest}"

    def obx(
        self,
        value: str,
        *,
        kind: str = "NM",
        test: str = "4548-4^HbA1c^LN",
        unit: str = "%",
        status: str = "F",
        time: str = "",
    ) -> str:
        """One result."""
        return f"OBX|1|{kind}|{test}||{value}|{unit}|||||{status}|||{time}"


@pytest.fixture(scope="session")
def messages() -> Messages:
    """Makes messages."""
    return Messages()
