"""Words that tell of people: in the names of columns, and the commonest first names.

What belongs here: the lists, and whether a column's name has one of their words. What does not: values (``kinds``).
"""

import re
from typing import Final

_PERSONAL: Final = frozenset(
    {
        *("email", "mail", "phone", "mobile", "telephone", "fax", "ip", "iban", "ssn", "passport", "password", "dob"),
        *("birthdate", "birthday", "surname", "lastname", "firstname", "fullname", "creditcard"),
        *("address", "street", "postcode", "zipcode", "zip", "geolocation", "latitude", "longitude"),
        *("vorname", "nachname", "geburtsdatum", "geburtstag", "telefon", "anschrift", "strasse", "plz"),
        *("prenom", "courriel", "naissance", "telefono", "direccion", "correo", "apellido", "cognome", "indirizzo"),
        *("voornaam", "achternaam", "geboortedatum", "imie", "nazwisko"),
    }
)
_PAIRS: Final = (
    *("first_name", "last_name", "full_name", "date_of_birth", "birth_date", "postal_code"),
    *("credit_card", "card_number", "user_agent"),
)
_PEOPLE: Final = frozenset(
    {
        "person", "people", "customer", "client", "buyer", "seller", "employee", "staff", "patient", "manager",
        "owner", "driver", "agent", "contact", "user", "member", "guest", "student", "teacher", "doctor",
        "physician", "nurse", "supervisor", "applicant", "borrower", "tenant", "insured", "recipient", "sender",
        "holder", "spouse", "child", "parent", "assignee", "reporter", "approver", "author", "witness", "passenger",
        "voter", "kunde", "kundin", "kaeufer", "käufer", "mitarbeiter", "mitarbeiterin", "patientin", "nutzer",
        "inhaber", "ansprechpartner", "arzt", "fahrer", "mieter", "acheteur", "employé", "employe", "salarié",
        "responsable", "vendeur", "cliente", "empleado", "paciente", "comprador", "dipendente", "paziente",
        "acquirente", "klant", "medewerker", "klient", "pracownik", "pacjent",
    }
)  # fmt: skip
_NAMES: Final = frozenset({"name", "nom", "nombre", "nome", "naam", "namn", "navn", "nazwa"})
FIRST_NAMES: Final = frozenset(
    {
        "ada", "adam", "agnieszka", "ahmed", "aino", "aisha", "alan", "alessandro", "alex", "ali", "alice",
        "amelia", "amit", "ana", "andreas", "andrew", "anita", "anja", "ann", "anna", "anne", "antoine", "antónio",
        "astrid", "ayşe", "barbara", "ben", "brian", "camille", "carlos", "carmen", "charles", "chiara", "chloé",
        "chris", "christian", "claudia", "daan", "daniel", "david", "deepak", "diego", "dmitri", "dorothy",
        "edward", "elena", "eleni", "elizabeth", "emily", "emma", "erik", "fatima", "felix",
        "francesca", "francesco", "françois", "george", "giorgos", "giovanni", "giulia", "giuseppe", "grace",
        "grete", "hans", "harry", "hassan", "heike", "helen", "hiroshi", "hugo", "ian", "ingrid", "inês", "isabel",
        "isabelle", "ivan", "jack", "jacques", "james", "jan", "jane", "javier", "jean", "jennifer", "jessica", "jiwoo",
        "johannes", "john", "jonas", "joseph", "josé", "joão", "juan", "julia", "jürgen", "karen",
        "katarzyna", "kate", "katharina", "kenji", "kevin", "kim", "klaus", "krzysztof", "lars", "laura", "lee",
        "lena", "leon", "li", "liam", "linda", "lisa", "louis", "luca", "lucas", "lucía", "luis", "léa", "marco",
        "margaret", "maria", "marie", "mark", "martin", "mary", "matteo", "matthew", "matti", "max", "maximilian",
        "małgorzata", "mehmet", "mia", "michael", "michaela", "miguel", "mikko", "minjun", "ming", "mohammed",
        "monika", "muhammad", "mustafa", "natalia", "nathalie", "nikos", "noah", "olga", "oliver", "olivia", "omar",
        "pablo", "patricia", "paul", "pedro", "peter", "petra", "philippe", "pierre", "piet", "piotr", "priya",
        "raj", "richard", "robert", "ruth", "sabine", "sakura", "sam", "samuel", "sanjay", "sanne", "sarah",
        "sergei", "sofía", "sophia", "sophie", "stefan", "sunita", "susan", "sven", "tatiana", "thomas", "tiago",
        "tomasz", "ursula", "wei", "willem", "william", "wolfgang", "yuki", "yusuf",
    }
)  # fmt: skip
"""Some 200 of the commonest in Europe, the Americas and Asia: enough that a column of people meets several."""


def words_of(name: str) -> frozenset[str]:
    """The words of a column's name, in lower case: of ``ContactEmail`` and ``contact_email`` the same."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return frozenset(re.findall(r"[^\W\d_]+", snake))


def sounds_personal(name: str) -> bool:
    """Whether a column's name says that it holds personal data."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return bool(words_of(name) & _PERSONAL) or any(pair in snake for pair in _PAIRS)


def sounds_like_people(name: str) -> bool:
    """Whether a column's name says that its values stand for people: names if they look like names, else not."""
    words = words_of(name)
    # A name of nothing else: `name`, not `product_name`; `customer_name` is of people by its other word.
    return any(word in _PEOPLE or word.removesuffix("s") in _PEOPLE for word in words) or words <= _NAMES
