"""Made-up HL7 v2 messages for the benchmark of reading: seven results of eight tests, two visits with
diagnoses and an allergy, one appointment, in turn; an eighth as many patients; names in Cyrillic."""

import random
from pathlib import Path

TESTS = (
    ("718-7", "Hemoglobin", "g/L", 90, 170),
    ("4548-4", "HbA1c", "%", 4, 12),
    ("2345-7", "Glucose", "mg/dL", 60, 300),
    ("2093-3", "Cholesterol", "mg/dL", 120, 300),
    ("2160-0", "Creatinine", "mg/dL", 0.5, 2),
    ("1742-6", "ALT", "U/L", 5, 80),
    ("2085-9", "HDL", "mg/dL", 30, 90),
    ("2571-8", "Triglycerides", "mg/dL", 50, 400),
)


def write(path: Path, count: int) -> None:
    """Write `count` messages, always the same ones, into one file."""
    chance = random.Random(7)
    with path.open("wb") as out:
        for number in range(count):
            out.write(("\r".join(_message(number, count, chance)) + "\r").encode())


def _message(number: int, count: int, chance: random.Random) -> list[str]:
    patient = chance.randrange(count // 8 + 1)
    day = f"{chance.randint(2018, 2025)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    time = f"{day}{chance.randint(7, 18):02d}{chance.randint(0, 59):02d}{chance.randint(0, 59):02d}"
    born = f"19{30 + patient % 70:02d}0{1 + patient % 9}1{patient % 10}"
    pid = (
        f"PID|1||{patient:07d}^^^CLINIC^MR||Иванов{patient}^Пётр^Сергеевич^^^^L||{born}|{'FM'[patient % 2]}"
        f"|||ул. Ленина, 1^^Москва^^101000^RU^H||+7900{patient:07d}^PRN^PH"
    )

    def msh(sender: str, kind: str) -> str:
        return f"MSH|^~\\&|{sender}|C|EMR|C|{time}+0300||{kind}|M{number}|P|2.5.1||||||UNICODE UTF-8"

    visit = f"PV1|1|O{'|' * 17}V{number}{'|' * 25}{time}"
    turn = number % 10
    if turn == 9:
        booked = f"SCH|A{number}|B{number}|||||||20|MIN|^^^{time}{'|' * 14}Booked"
        return [msh("SCH", "SIU^S12^SIU_S12"), booked, pid]
    if turn > 6:
        facts = (
            f"AL1|1|DA|C10AA05^аторвастатин^ATC||сыпь|{day}",
            f"DG1|1||E11.9^Сахарный диабет^МКБ-10||{day}|F",
            f"DG1|2||I10^Гипертензия^МКБ-10||{day}|F",
        )
        return [msh("ADT", f"ADT^A0{1 if turn == 7 else 8}^ADT_A01"), f"EVN|A01|{time}", pid, visit, *facts]
    order = f"OBR|1|P{number}|F{number}|24323-8^Panel^LN|||{day}0800{'|' * 15}{time}|||F"
    segments = [msh("LAB", "ORU^R01^ORU_R01"), pid, visit, f"ORC|RE|P{number}|F{number}", order]
    for place, (code, name, unit, low, high) in enumerate(chance.sample(TESTS, 8), 1):
        value = f"{chance.uniform(low, high):.1f}"
        value = value.replace(".", ",") if place == 1 else value
        segments.append(
            f"OBX|{place}|NM|{code}^{name}^LN||{value}|{unit}^{unit}^UCUM|10-20|N|||F|||{day}0800"
        )
    return segments
