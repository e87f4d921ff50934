"""Figures, names and texts of the gallery: long, short, empty, and from right to left."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from outreach.core import clock
from outreach.web.look.charts.bars import Bar, bars
from outreach.web.look.charts.dots import Place, dots, walk
from outreach.web.look.charts.funnel import funnel
from outreach.web.look.charts.interval import interval
from outreach.web.look.charts.load_calendar import Load, calendar
from outreach.web.look.charts.pace import Day, pace
from outreach.web.look.charts.share import share
from outreach.web.look.written import percent

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 14, 5, tzinfo=clock.PARIS)
STEPS = [
    ("Personnes visées", 704_123), ("Foyers contactés", 612_840), ("Foyers joints", 498_002), ("Échanges", 441_730),
    ("Médiations", 422_401), ("Actions engagées", 187_220), ("Situations réglées", 96_310),
]  # fmt: skip
TOWNS = [
    ("Vénissieux", 45.697, 4.887, 1240), ("Villeurbanne", 45.766, 4.879, 2110), ("Vaulx-en-Velin", 45.777, 4.918, 1630),
    ("Bron", 45.739, 4.913, 710), ("Saint-Priest", 45.696, 4.944, 820), ("Rillieux-la-Pape", 45.821, 4.897, 540),
    ("Givors", 45.591, 4.769, 230), ("Lyon 8e", 45.735, 4.869, 980), ("Lyon 7e", 45.733, 4.839, 610), ("Décines-Charpieu", 45.769, 4.958, 420),
    ("Oullins-Pierre-Bénite", 45.714, 4.807, 310), ("Caluire-et-Cuire", 45.796, 4.842, 120), ("Saint-Genis-Laval", 45.695, 4.793, 60),
]  # fmt: skip
DOORS = [
    (45.6962, 4.8871, "12 rue des Peupliers"), (45.6963, 4.8872, "12 bis rue des Peupliers"), (45.6981, 4.8890, "3 allée Colette"),
    (45.6990, 4.8862, "8 place de la République"), (45.6974, 4.8840, "21 avenue Jean-Jaurès"), (45.6952, 4.8832, "2 rue Gambetta"),
    (45.6951, 4.8833, "2 rue Gambetta, bâtiment B"), (45.6940, 4.8858, "40 boulevard Laurent-Gérin"), (45.6955, 4.8880, "5 rue Pasteur"),
]  # fmt: skip
ARABIC = (
    "السلام عليكم، أنا وسيطة اجتماعية. المكالمة مجانية، ولسنا شركة لتحصيل الديون. اتصلوا بنا على 06 39 98 12 34 قبل 24/11/2026."
)


def paced():
    """The last fourteen days and the next."""
    days = []
    for offset in range(-14, 14):
        day = TODAY + timedelta(days=offset)
        room = 0 if day.weekday() == 6 else 40 if day.weekday() == 5 else 140
        load = round(room * (0.62 + 0.4 * ((offset * 7) % 11) / 10)) if room else 0
        days.append(Day(day, load if offset < 0 else None, load if offset >= 0 else None, room))
    return days


def loads():
    """Five weeks."""
    first = date(2026, 11, 23)
    return [
        Load(
            day,
            0 if day.weekday() == 6 else (index * 37) % 131 if day.weekday() < 5 else 20,
            0 if day.weekday() == 6 or index == 9 else 110,
        )
        for index, day in enumerate(first + timedelta(days=offset) for offset in range(35))
    ]


def charts():
    """Each kind of chart, and what each says without figures."""
    return {
        "funnel": funnel("De la liste à la médiation", STEPS),
        "bars": bars(
            "Médiations par site",
            [Bar("Vénissieux – Les Minguettes", 1240, 1100), Bar("Villeurbanne", 980, 1020), Bar("Vaulx-en-Velin", 630, 400), Bar("Givors", 31, 12)],
            names=("Site", "Cette année", "L'an dernier"),
        ),
        "rates": bars(
            "Personnes jointes, par moyen de contact",
            [Bar("Visite", 0.61), Bar("Appel", 0.48), Bar("SMS", 0.17), Bar("Courrier", 0.06)],
            names=("Moyen", "Part jointe", ""), reference=("Ensemble", 0.34), written=percent,
        ),
        "pace": pace("Rythme et capacité", paced(), TODAY),
        "calendar": calendar("Charge des cinq prochaines semaines", loads()),
        "dots": dots("Foyers par commune", [Place(lat, lon, name, value) for name, lat, lon, value in TOWNS], names=("Commune", "Foyers")),
        "walk": walk("Tournée de mardi", [Place(*door) for door in DOORS]),
        "share": share(
            "Qui est contacté, qui ne l'est pas",
            [
                ("seront contactés", 3412), ("déjà contactés ce mois-ci", 812), ("ont demandé à ne plus être contactés", 96),
                ("adresse introuvable", 240), ("dette soldée", 31), ("autre campagne en cours", 18), ("mineurs", 4),
            ],
        ),
        "interval": interval("Effet sur les factures réglées", 0.041, 0.012, 0.07, zero=(0.0, "aucun effet"), written=percent),
        "nothing": funnel("De la liste à la médiation", []),
    }  # fmt: skip


def values():
    """What the pages of the gallery show."""
    return {
        "today": TODAY, "now": NOW, "arabic": ARABIC, "charts": charts(),
        "menu": [
            ("#a", "target", "Campagnes", True), ("#b", "inbox", "Réponses reçues", False), ("#c", "calendar", "Planning", False),
            ("#d", "users", "Équipe", False), ("#e", "search", "Recherche", False), ("#f", "settings", "Réglages", False),
        ],
        "tabs": [
            ("#a", "home", "Aujourd'hui", True), ("#b", "phone", "Appels", False), ("#c", "footprints", "Tournée", False),
            ("#d", "more", "Plus", False),
        ],
        "seven": [
            {"text": "Liste", "count": "3 508 lignes", "state": "done", "href": "#l", "current": False},
            {"text": "Doublons", "count": "12 à vérifier", "state": "warn", "href": "#d", "current": False},
            {"text": "Segments", "count": "3 412 foyers", "state": "done", "href": "#s", "current": False},
            {"text": "Messages", "count": "4 langues", "state": "now", "href": "#m", "current": True},
            {"text": "Plan", "count": "", "state": "todo", "href": None, "current": False},
            {"text": "Répétition", "count": "", "state": "todo", "href": None, "current": False},
            {"text": "Lancement", "count": "", "state": "stop", "href": None, "current": False},
        ],
    }  # fmt: skip
