"""What partners call their columns: for each field the words that leave no doubt, and those that only hint at it."""

from __future__ import annotations

from outreach.definitions.fields import ListField as F

NAMES: dict[F, tuple[str, ...]] = {
    F.REFERENCE: (
        "référence", "réf", "ref client", "référence client", "numéro client", "n° client", "id client", "identifiant client",
        "code client", "n° de contrat", "numéro de contrat", "référence contrat", "réf contrat", "n° de dossier", "numéro de dossier",
        "n° locataire", "numéro locataire", "code locataire", "référence locataire", "n° abonné", "numéro abonné", "n° allocataire",
        "n° usager", "compte client", "n° compte", "point de livraison", "pdl", "prm", "pce", "customer id", "customer number",
        "customer reference", "account number", "client id", "reference", "contract number", "tenant id", "case number",
    ),
    F.TITLE: ("civilité", "civ", "titre", "m/mme", "title", "salutation", "politesse"),
    F.GIVEN_NAME: (
        "prénom", "prénoms", "prénom client", "prénom usager", "prénom du titulaire", "prénom occupant", "first name", "firstname",
        "given name", "forename",
    ),
    F.FAMILY_NAME: (
        "nom", "nom de famille", "nom client", "nom usager", "nom usuel", "nom d'usage", "nom du titulaire", "nom occupant",
        "nom locataire", "nom patronymique", "last name", "lastname", "surname", "family name",
    ),
    F.FULL_NAME: (
        "nom prénom", "nom et prénom", "nom prénoms", "prénom nom", "prénom et nom", "nom complet", "titulaire", "nom/prénom",
        "nom et prénom occupant", "occupant", "locataire", "bénéficiaire", "client", "usager", "raison sociale ou nom", "full name",
        "name", "customer name", "tenant",
    ),
    F.BIRTH_DATE: (
        "date de naissance", "date naissance", "né le", "né(e) le", "naissance", "ddn", "dt naissance", "birth date", "date of birth",
        "dob", "birthdate",
    ),
    F.PHONE: (
        "téléphone", "tél", "tel", "n° de téléphone", "numéro de téléphone", "téléphone 1", "téléphone 2", "tél 1", "tél 2", "tel1",
        "tel2", "téléphone principal", "téléphone secondaire", "contact téléphonique", "phone", "phone number", "telephone",
    ),
    F.MOBILE: (
        "portable", "mobile", "tél portable", "tél mobile", "téléphone portable", "téléphone mobile", "gsm", "n° portable",
        "numéro de portable", "mobile phone", "cell phone", "cell",
    ),
    F.FIXED: ("tél fixe", "téléphone fixe", "fixe", "tél domicile", "téléphone domicile", "landline", "home phone"),
    F.EMAIL: ("courriel", "e-mail", "email", "mail", "mél", "adresse électronique", "adresse mail", "adresse e-mail", "email address"),
    F.ADDRESS_LINE: (
        "adresse", "adresse 1", "adresse1", "adresse postale", "adresse client", "adresse de consommation", "adresse logement",
        "n° et voie", "numéro et voie", "voie et numéro", "address", "address 1", "address line 1", "street address",
    ),
    F.ADDRESS_EXTRA: (
        "complément", "complément d'adresse", "complément adresse", "adresse 2", "adresse2", "adresse 3", "adresse3", "cplt adresse",
        "address 2", "address line 2",
    ),
    F.HOUSE_NUMBER: ("n°", "numéro", "numéro de voie", "n° voie", "n° de voie", "n° rue", "house number", "street number"),
    F.STREET: ("voie", "rue", "libellé voie", "nom de voie", "nom de la voie", "nom voie", "street", "street name"),
    F.RESIDENCE: ("résidence", "nom résidence", "nom de la résidence", "ensemble"),
    F.BUILDING: ("bâtiment", "bât", "bat", "building"),
    F.STAIRCASE: ("escalier", "esc", "entrée", "staircase"),
    F.FLOOR: ("étage", "etg", "niveau", "floor"),
    F.DOOR: ("porte", "n° porte", "appartement", "appt", "n° appartement", "n° logement", "door", "flat"),
    F.PLACE: ("lieu-dit", "lieudit", "lieu dit", "hameau"),
    F.POSTAL_CODE: ("code postal", "cp", "codepostal", "code post", "zip", "zip code", "postcode", "postal code"),
    F.CITY: ("commune", "ville", "localité", "nom commune", "city", "town"),
    F.COUNTRY: ("pays", "country"),
    F.LANGUAGE: ("langue", "langue parlée", "langue de contact", "language"),
    F.READS_FRENCH: ("lit le français", "lecture du français", "reads french"),
    F.AMOUNT_DUE: (
        "montant dû", "montant", "solde", "solde dû", "impayé", "montant impayé", "montant impayés", "dette", "reste dû",
        "reste à payer", "montant ttc dû", "amount due", "amount", "balance", "debt",
    ),
    F.DEBT_SINCE: (
        "date première facture impayée", "première facture impayée", "date impayé", "date d'échéance", "échéance", "date facture",
        "impayé depuis", "due date", "debt since",
    ),
    F.STAGE: ("stade", "étape", "statut", "niveau de relance", "stade de relance", "stage", "status"),
    F.ENERGY_VOUCHER: ("chèque énergie", "energy voucher"),
    F.MOVEMENT: ("mouvement", "type de mouvement", "mvt", "action", "movement"),
}  # fmt: skip
"""A header that is one of these is that field."""

HINTS: dict[F, tuple[str, ...]] = {
    F.MOBILE: ("portable", "mobile", "gsm"),
    F.FIXED: ("fixe",),
    F.PHONE: ("telephone", "tel", "phone"),
    F.EMAIL: ("mail", "courriel", "electronique"),
    F.POSTAL_CODE: ("postal", "cp", "zip"),
    F.CITY: ("commune", "ville", "localite"),
    F.BIRTH_DATE: ("naissance", "birth"),
    F.GIVEN_NAME: ("prenom",),
    F.FAMILY_NAME: ("nom",),
    F.REFERENCE: ("reference", "ref", "identifiant", "contrat", "dossier"),
    F.ADDRESS_LINE: ("adresse", "address"),
    F.AMOUNT_DUE: ("montant", "solde", "impaye", "dette"),
    F.DEBT_SINCE: ("impaye", "echeance"),
}
"""A header with one of these words may be that field: its cells decide, or a person."""

FORBIDDEN = (
    "nir", "n° sécu", "n° sécurité sociale", "numéro de sécurité sociale", "n° ss", "numéro sécu", "insee nir",
    "social security number",
)  # fmt: skip
"""Headers of the social security number, which no agreement of mediation may hand over (décret 2019-341)."""
