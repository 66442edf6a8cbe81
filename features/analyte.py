"""What is needed beyond UCUM to turn one unit of an analyte into another: its molar mass, its charge,
whether international units are its catalytic units, or a straight line. A closed table keyed by LOINC.

Sources: molar masses from IUPAC standard atomic weights 2021 and PubChem. Where laboratories agree on a
rounded factor, that one is used, so that values are those on the printed sheet: glucose 18.016 mg/dL
per mmol/L, cholesterol 38.67, triglycerides 88.57, creatinine 88.42 µmol/L per mg/dL. HbA1c: the
NGSP/IFCC master equation, NGSP % = 0.09148 · IFCC mmol/mol + 2.152 (Hoelzel et al., Clin Chem 2004;
50:166). Insulin: 6.00 pmol per mU of the WHO standard 66/304 (Knopp et al., J Diabetes Sci Technol
2019;13:597), not the 6.945 that is also printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

Line = Mapping[str, tuple[str, str]]  # unit → scale, offset


@dataclass(frozen=True)
class Analyte:
    """`molar_mass` in g/mol, `charge` in elementary charges, `international` in mol per [iU].

    `units`: how U and [iU] are to be read: as one ("same"), or never as each other ("apart").
    `line`: (unit, scale, offset) to the unit `target`. `osmotic`: an osmole is a mole of particles.
    """

    name: str
    loinc: tuple[str, ...]
    molar_mass: str = ""
    charge: int = 0
    international: str = ""
    units: str = "apart"
    line: tuple[tuple[str, str, str], ...] = ()  # unit, scale, offset to the line's target
    target: str = ""
    osmotic: bool = False

    @property
    def mass(self) -> Fraction | None:
        return Fraction(self.molar_mass) if self.molar_mass else None


def _of(name: str, molar_mass: str, *loinc: str, charge: int = 0) -> Analyte:
    return Analyte(name, tuple(" ".join(loinc).split()), molar_mass, charge)


def _counted(name: str, *loinc: str) -> Analyte:
    """In U or [iU], which laboratories write for each other here."""
    return Analyte(name, tuple(" ".join(loinc).split()), units="same")


_HBA1C = tuple((unit, "0.09148", "2.152") for unit in ("mmol/mol", "mmol/mol{Hb}"))
_INSULIN = "6.00e-9"  # mol per [iU]

ANALYTES: tuple[Analyte, ...] = (
    Analyte("HbA1c", ("4548-4", "17856-6"), line=_HBA1C, target="%"),
    # Lipids and sugars
    _of("glucose", "180.16", "14771-0 1558-6 76629-5 77145-1 14749-6 15074-8 2339-0 2345-7"),
    _of("glucose", "180.16", "1518-0 14995-5 2342-4 99504-3 97507-8"),
    _of("cholesterol", "386.7", "14647-2 2093-3 39469-2 22748-8 18262-6 13457-7 14646-4 2085-9"),
    _of("cholesterol", "386.7", "43396-1 70204-3 13458-5"),
    _of("triglycerides", "885.7", "14927-8", "2571-8"),
    _of("fatty acids", "282.46", "1769-9"),
    _of("lactate", "90.08", "2524-7", "32693-4"),
    _of("beta-hydroxybutyrate", "104.10", "29512-1", "6873-4"),
    _of("acetone", "58.08", "5568-1"),
    # Kidney and purines. Creatinine: 88.42 µmol/L per mg/dL.
    Analyte(
        "creatinine",
        ("14682-9", "2160-0", "38483-4", "2161-8", "14683-7", "2162-6"),
        str(1000 / Fraction("8.842")),
    ),
    _of("urea nitrogen", "28.014", "3094-0", "14937-7", "22664-7"),
    _of("uric acid", "168.11", "3084-1", "14933-6"),
    _of("oxalate", "88.02", "2699-7"),
    _of("citrate", "192.12", "2127-9"),
    # Liver, blood, iron, vitamins
    _of("bilirubin", "584.66", "1975-2", "14631-6", "1968-7", "14629-0"),
    _of("iron", "55.845", "2498-4", "14798-3", "2500-7", "14800-7"),
    _of("cobalamin", "1355.37", "2132-9", "14685-2"),
    _of("folate", "441.40", "2284-8", "14732-2"),
    _of("25-hydroxyvitamin D", "400.64", "1989-3 14635-7 62292-8 68438-1 35365-6"),
    _of("calcitriol", "416.64", "62290-2"),
    _of("homocysteine", "135.18", "13965-9", "2428-1"),
    _of("biotin", "244.31", "1980-2"),
    _of("haemoglobin, tetramer", "64458", "15082-1", "32546-4"),
    _of("protoporphyrin", "562.66", "2898-5"),
    _of("coproporphyrin", "654.71", "2137-8"),
    _of("aminolevulinic acid", "131.13", "2200-4"),
    _of("urobilinogen", "590.7", "3108-8"),
    # Electrolytes and elements
    _of("sodium", "22.990", "2951-2", "2947-0", charge=1),
    _of("potassium", "39.098", "2823-3", "6298-4", charge=1),
    _of("chloride", "35.45", "2075-0", "2070-1", "2069-3", charge=1),
    _of("bicarbonate", "61.017", "1963-8", "2028-9", "1959-6", "20565-8", charge=1),
    _of("calcium", "40.078", "17861-6", "2000-8", "49765-1", "17864-0", "1995-0", charge=2),
    _of("magnesium", "24.305", "19123-9", "2601-3", charge=2),
    _of("phosphorus", "30.974", "2777-1", "14879-1"),
    _of("aluminium", "26.982", "5574-9"),
    _of("arsenic", "74.922", "5583-0"),
    _of("bismuth", "208.98", "8161-2"),
    _of("chromium", "51.996", "5619-2"),
    _of("cobalt", "58.933", "5627-5"),
    _of("copper", "63.546", "5631-7"),
    _of("manganese", "54.938", "5681-2"),
    _of("mercury", "200.59", "5685-3"),
    _of("nickel", "58.693", "5700-0"),
    _of("selenium", "78.971", "5722-4"),
    _of("zinc", "65.38", "5763-8"),
    # Hormones
    _of("free thyroxine", "776.87", "3024-7", "14920-3"),
    _of("free triiodothyronine", "650.97", "3051-0", "14928-6"),
    _of("cortisol", "362.46", "2143-6", "14675-3", "2147-7"),
    _of("testosterone", "288.42", "2986-8", "14913-8"),
    _of("estradiol", "272.38", "2243-4", "14715-7"),
    _of("aldosterone", "360.44", "1768-1", "1765-7"),
    _of("epinephrine", "183.20", "1465-4", "2232-7"),
    _of("norepinephrine", "169.18", "2666-6", "2668-2"),
    _of("pregnanetriol", "336.5", "2836-5"),
    _of("C-peptide", "3020.3", "1986-9"),
    Analyte("insulin", ("20448-7", "14796-7"), international=_INSULIN, units="same"),
    # Amino acids
    _of("cystine", "240.30", "2177-4"),
    _of("glutamine", "146.14", "2372-1"),
    _of("glycine", "75.07", "2391-1"),
    _of("histidine", "155.15", "2420-8"),
    _of("hydroxyproline", "131.13", "2446-3"),
    _of("isoleucine", "131.17", "2508-0"),
    _of("leucine", "131.17", "2560-1"),
    _of("lysine", "146.19", "2585-8"),
    _of("methionine", "149.21", "2622-9"),
    _of("ornithine", "132.16", "2679-9"),
    _of("phenylalanine", "165.19", "2765-6"),
    _of("proline", "115.13", "2845-6"),
    _of("serine", "105.09", "2936-3"),
    _of("taurine", "125.15", "2981-9"),
    _of("threonine", "119.12", "3008-0"),
    _of("tryptophan", "204.23", "3070-0"),
    _of("tyrosine", "181.19", "3079-1"),
    _of("valine", "117.15", "3118-7"),
    _of("beta-2 microglobulin", "11800", "1952-1"),
    # Drugs and poisons
    _of("ethosuximide", "141.17", "3616-0"),
    _of("everolimus", "958.2", "50544-6"),
    _of("felbamate", "238.24", "6899-9"),
    _of("gabapentin", "171.24", "9738-6"),
    _of("lamotrigine", "256.09", "6948-4"),
    _of("levetiracetam", "170.21", "30471-7"),
    _of("methanol", "32.04", "5693-7"),
    _of("sirolimus", "914.19", "29247-4"),
    _of("tacrolimus", "804.02", "11253-2"),
    _of("topiramate", "339.36", "17713-9"),
    # U and [iU] for each other: enzymes by their catalysis, hormones and antibodies by a WHO standard
    _counted("transaminases", "1742-6 1743-4 1744-2 1920-8 30239-8 88112-8"),
    _counted("other enzymes", "6768-6 2324-2 14804-9 14805-6 2532-0 1798-8 3040-3 2157-6 2742-5"),
    _counted("other enzymes", "47826-3 1760-8 1761-6 17837-6 2099-0"),
    _counted("thyrotropin", "3016-3", "11580-8", "11579-0"),
    _counted("erythropoietin", "15061-5"),
    _counted("prolactin, FSH, LH", "2842-3", "15067-2", "10501-5"),
    _counted("antibodies to thyroperoxidase", "8099-4"),
    _counted("rheumatoid factor", "11572-5"),
    _counted("CA-125", "10334-1"),
    Analyte("osmolality", ("2692-2", "2695-5"), osmotic=True),
)
NONE = Analyte("", ())


@cache
def by_loinc() -> Mapping[str, Analyte]:
    return {code: analyte for analyte in ANALYTES for code in analyte.loinc}


def analyte(codes: tuple[str, ...]) -> Analyte:
    """What all these event codes measure; `NONE` if the table does not know every one of them as one."""
    found = {by_loinc().get(code.removeprefix("LOINC//"), NONE) for code in codes}
    names = {one.name for one in found}
    return found.pop() if len(names) == 1 else NONE
