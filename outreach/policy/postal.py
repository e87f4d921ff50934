"""The words of a French postal address (norme NF Z 10-011): one vocabulary to read addresses by and to write them by.

Lists shorten words at will; letters may shorten them only where a line is longer than the norm allows.
"""

from __future__ import annotations

import re
import unicodedata

LINE = 38
"""Characters a line, spaces included."""
MOST_LINES = 20
"""What is longer than so many lines is no line of an address: the rest of it is not looked at."""
STREET_TYPES = {
    "R": "RUE", "AV": "AVENUE", "AVE": "AVENUE", "AVN": "AVENUE", "BD": "BOULEVARD", "BLD": "BOULEVARD", "BVD": "BOULEVARD",
    "BLVD": "BOULEVARD", "BOUL": "BOULEVARD", "ALL": "ALLEE", "AL": "ALLEE", "CHE": "CHEMIN", "CHEM": "CHEMIN", "CHM": "CHEMIN",
    "CH": "CHEMIN", "IMP": "IMPASSE", "PL": "PLACE", "PLC": "PLACE", "RTE": "ROUTE", "SQ": "SQUARE", "QU": "QUAI", "Q": "QUAI",
    "CRS": "COURS", "RES": "RESIDENCE", "RESID": "RESIDENCE", "LOT": "LOTISSEMENT", "LOTS": "LOTISSEMENT", "MTE": "MONTEE",
    "MTEE": "MONTEE", "PAS": "PASSAGE", "PASS": "PASSAGE", "SEN": "SENTE", "SENT": "SENTIER", "TRA": "TRAVERSE", "TRAV": "TRAVERSE",
    "FG": "FAUBOURG", "FBG": "FAUBOURG", "HAM": "HAMEAU", "ZA": "ZONE ARTISANALE", "ZI": "ZONE INDUSTRIELLE",
    "ZAC": "ZONE D AMENAGEMENT CONCERTE", "GR": "GRANDE RUE", "RLE": "RUELLE", "VEN": "VENELLE", "CHS": "CHAUSSEE",
    "ESP": "ESPLANADE", "PROM": "PROMENADE", "DOM": "DOMAINE", "QUA": "QUARTIER", "QRT": "QUARTIER", "QUART": "QUARTIER",
    "CAR": "CARREFOUR", "RPT": "ROND POINT", "DSC": "DESCENTE", "IMM": "IMMEUBLE", "CTRE": "CENTRE", "VGE": "VILLAGE",
    "COR": "CORNICHE", "PTR": "PETITE RUE", "CHV": "CHEMIN VICINAL", "VC": "VOIE COMMUNALE",
}  # fmt: skip
"""Street types by their abbreviations, those of the norm and those of offices."""
SPELLED_TYPES = frozenset(STREET_TYPES.values()) | {
    "VOIE", "CITE", "CLOS", "COUR", "COTE", "GALERIE", "JARDIN", "MAIL", "PARC", "PARVIS", "PONT", "PORT", "PORTE", "RAMPE",
    "ROCADE", "ROND", "SENTIER", "VILLA", "LIEU", "ZONE", "GRANDE", "ALLEES", "MAS", "CENTRE", "CHAUSSEE", "LEVEE", "PLACETTE",
}  # fmt: skip
"""First words that say what kind of street it is."""
TITLES_IN_STREETS = {
    "PRES": "PRESIDENT", "CNE": "CAPITAINE", "COL": "COLONEL", "CEL": "COLONEL", "PR": "PROFESSEUR", "LT": "LIEUTENANT",
    "ING": "INGENIEUR", "FR": "FRERES",
}  # fmt: skip
"""Short words that are only meant as such where a name follows: « rue du Col » is a mountain pass."""
SHORT_WORDS = {
    "ST": "SAINT", "STE": "SAINTE", "STS": "SAINTS", "STES": "SAINTES", "ND": "NOTRE DAME", "GDE": "GRANDE", "GD": "GRAND",
    "GAL": "GENERAL", "GEN": "GENERAL", "DR": "DOCTEUR", "PDT": "PRESIDENT", "MAL": "MARECHAL", "CDT": "COMMANDANT",
    "PROF": "PROFESSEUR", "SGT": "SERGENT", "MGR": "MONSEIGNEUR", "AML": "AMIRAL", "CHNE": "CHANOINE", "CIAL": "COMMERCIAL",
}  # fmt: skip
"""Short words that are always meant as such."""
LINKING_WORDS = frozenset({"DE", "DU", "DES", "LA", "LE", "LES", "L", "D", "ET", "A", "AU", "AUX", "EN"})
REPETITIONS = {"BIS": "B", "TER": "T", "QUATER": "Q", "QUINQUIES": "C"}
"""What follows a house number, as one letter (norm); a letter alone is itself."""
FULL_REPETITION = {"B": "BIS", "T": "TER", "Q": "QUATER"}

# The abbreviations of the norm, the most common words first; applied one by one until the line fits.
SHORTER = {
    "APPARTEMENT": "APPT", "BATIMENT": "BAT", "ESCALIER": "ESC", "ETAGE": "ETG", "REZ DE CHAUSSEE": "RDC", "RESIDENCE": "RES",
    "IMMEUBLE": "IMM", "BOULEVARD": "BD", "AVENUE": "AV", "ALLEE": "ALL", "CHEMIN": "CHE", "IMPASSE": "IMP", "PLACE": "PL",
    "ROUTE": "RTE", "SQUARE": "SQ", "QUAI": "QU", "COURS": "CRS", "LOTISSEMENT": "LOT", "FAUBOURG": "FG", "PASSAGE": "PAS",
    "TRAVERSE": "TRA", "HAMEAU": "HAM", "MONTEE": "MTE", "LIEU DIT": "LD", "ZONE ARTISANALE": "ZA", "ZONE INDUSTRIELLE": "ZI",
    "ZONE D AMENAGEMENT CONCERTE": "ZAC", "SAINTE": "STE", "SAINT": "ST", "GENERAL": "GAL", "DOCTEUR": "DR", "PROFESSEUR": "PR",
    "PRESIDENT": "PDT", "MARECHAL": "MAL", "COMMANDANT": "CDT", "CAPITAINE": "CNE", "COLONEL": "CEL", "NOTRE DAME": "ND",
    "SUR": "S", "SOUS": "SS",
}  # fmt: skip
_NOT_CAPITALS = re.compile(r"[^A-Z0-9]+")
_SPELLED = {
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D",
}  # fmt: skip
_SPELLING = str.maketrans(_SPELLED)


def capitals(text: str) -> str:
    """The form of an address: capitals and digits without accents or punctuation, single spaces."""
    if not text.isascii():
        spelled = unicodedata.normalize("NFKD", text.translate(_SPELLING))
        text = "".join(part for part in spelled if not unicodedata.combining(part))
    return _NOT_CAPITALS.sub(" ", text.upper()).strip()


def spell_out(words: list[str]) -> list[str]:
    """Short words of a street's or town's name in full; titles only where a name follows them."""
    last = len(words) - 1
    spelled = []
    for place, word in enumerate(words):
        full = SHORT_WORDS.get(word)
        if full is None and place < last and word in TITLES_IN_STREETS and words[place + 1] not in LINKING_WORDS:
            full = TITLES_IN_STREETS[word]
        spelled.append(full or word)
    return spelled


def fit(line: str, length: int = LINE) -> str:
    """Shorten by the norm's abbreviations, then by leaving out linking words, then by cutting whole words."""
    line = line[: MOST_LINES * LINE]
    for word, short in SHORTER.items():
        if len(line) <= length:
            return line
        line = re.sub(rf"\b{word}\b", short, line)
    words = line.split()
    for word in [word for word in words[1:-1] if word in LINKING_WORDS]:
        if len(" ".join(words)) > length:
            words.remove(word)
    return cut(" ".join(words), length)


def cut(line: str, length: int = LINE) -> str:
    """At most ``length`` characters; a word is split only when it alone is longer."""
    if len(line) <= length:
        return line
    return line[: length + 1].rpartition(" ")[0] or line[:length]
