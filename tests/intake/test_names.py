"""Names as offices write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.intake import names


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("DUPONT", "Dupont"),
        ("DUPONT-MARTIN", "Dupont-Martin"),
        ("DUPONT – MARTIN", "Dupont-Martin"),
        ("JEAN - PIERRE", "Jean-Pierre"),
        ("jean-pierre", "Jean-Pierre"),
        ("O'CONNOR", "O'Connor"),
        ("N'GUYEN", "N'Guyen"),
        ("L’HOSTIS", "L'Hostis"),
        ("DE LA TOUR", "De la Tour"),
        ("VAN DEN BERG", "Van den Berg"),
        ("JEAN D'ORMESSON", "Jean d'Ormesson"),
        ("D ORMESSON", "D'Ormesson"),
        ("MC DONALD", "McDonald"),
        ("MCDONALD", "McDonald"),
        ("HÉLÈNE", "Hélène"),
        ("marie  claude", "Marie Claude"),
        ("El Amrani", "El Amrani"),
        ("DUPONT née MARTIN", "Dupont"),
        ("MARTIN EPOUSE DUPONT", "Dupont"),
        ("VVE DUPONT", "Dupont"),
        ("DUPONT (MARTIN)", "Dupont"),
        ("Dupont.", "Dupont"),
        ("INCONNU", None),
        ("N/A", None),
        ("12", None),
        ("  ", None),
    ],
)
def test_names(written, clean):
    assert names.clean_name(written) == clean


@pytest.mark.parametrize(
    ("written", "family", "given"),
    [
        ("DUPONT Marie", "Dupont", "Marie"),
        ("Marie DUPONT", "Dupont", "Marie"),
        ("DUPONT MARIE", "Dupont", "Marie"),
        ("DUPONT, Marie", "Dupont", "Marie"),
        ("Mme DUPONT MARTIN Anne-Lise", "Dupont Martin", "Anne-Lise"),
        ("Monsieur Jean-Paul DUPONT", "Dupont", "Jean-Paul"),
        ("DUPONT - MARTIN Jean", "Dupont-Martin", "Jean"),
        ("J. DUPONT", "Dupont", "J"),
        ("DE LA TOUR MARIE", "De la Tour", "Marie"),
        ("LE GOFF ANNE", "Le Goff", "Anne"),
        ("BEN ALI MOHAMED", "Ben Ali", "Mohamed"),
        ("Jean de LA FONTAINE", "De la Fontaine", "Jean"),
        ("M. et Mme DUPONT Jean et Marie", "Dupont", "Jean"),
        ("M. DUPONT Jean et Mme MARTIN Marie", "Dupont", "Jean"),
        ("MR DUPONT PAUL ET MME", "Dupont", "Paul"),
        ("M OU MME DUPONT", "Dupont", None),
        ("M./Mme DUPONT", "Dupont", None),
        ("DUPONT Mme Marie", "Dupont", "Marie"),
        ("Dr DUPONT Paul", "Dupont", "Paul"),
        ("Me DURAND", "Durand", None),
        ("VVE DUPONT Marie", "Dupont", "Marie"),
        ("DUPONT née MARTIN Marie", "Dupont", "Marie"),
        ("Mme DUPONT Marie née MARTIN", "Dupont", "Marie"),
        ("MARTIN épouse DUPONT Marie", "Dupont", "Marie"),
        ("Mme", None, None),
        ("", None, None),
    ],
)
def test_two_names_in_one_cell(written, family, given):
    assert names.split_full_name(written) == (family, given)


@pytest.mark.parametrize(
    ("written", "title"),
    [("MR", "M."), ("Monsieur", "M."), ("MLLE", "Mme"), ("Vve", "Mme"), ("M. et Mme", None), ("Dr", None), ("", None)],
)
def test_titles(written, title):
    assert names.clean_title(written) == title


pieces = st.lists(
    st.sampled_from(
        ["DE", "d'", "DUPONT", "née", "épouse", "Marie", "MC", "n'a", "x", "NON RENSEIGNE", "LA", "D", "É", "J.", "-", "(", "et"]
    )
).map(" ".join)


@settings(max_examples=500)
@given(st.text(max_size=30) | pieces)
def test_no_text_breaks_a_cleaner_and_a_clean_name_stays(text):
    clean = names.clean_name(text)
    assert clean is None or names.clean_name(clean) == clean
    names.split_full_name(text)
