"""Who and where: persons, households, buildings, and the address points that locate them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from outreach.core.plain_names import SQL_ADDRESS_WORDS, SQL_NAME_WORDS
from outreach.core.words import LocationLevel
from outreach.models.base import EMAIL, PHONE, WAYS, Base, Code, Key, Number, mark_of, marked, one_of


class Building(Base):
    """One address: a street's, or a place's where there is no street.

    ``lon``/``lat`` are null when nothing nearer than its commune was found: it is never routed then. ``approx_lon`` and
    ``approx_lat`` always say about where it is, which is enough to choose a site.
    """

    __tablename__ = "building"
    __table_args__ = (
        one_of("location", LocationLevel),
        Index("ix_building_address_words", text(SQL_ADDRESS_WORDS.replace("{0}.", "")), postgresql_using="gin"),
    )
    id: Mapped[Key]
    address_key: Mapped[Code]
    house_number: Mapped[str | None]
    repetition: Mapped[str | None]
    street: Mapped[str | None]
    place: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    cedex: Mapped[str | None]
    country: Mapped[str | None]
    insee: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    approx_lon: Mapped[float | None]
    approx_lat: Mapped[float | None]
    location: Mapped[str | None]
    location_score: Mapped[float | None]
    priority_area: Mapped[str | None]


class Household(Base):
    """People who live together; a household is never a reason to merge two persons.

    ``po_box`` is theirs, not the building's: neighbours have others. ``care_of``: behind whose door they live (« CHEZ MME DURAND »), whose name the
    bell and the letterbox bear.
    """

    __tablename__ = "household"
    id: Mapped[Key]
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"), index=True)
    staircase: Mapped[str | None]
    floor: Mapped[str | None]
    door: Mapped[str | None]
    building_name: Mapped[str | None]
    residence: Mapped[str | None]
    po_box: Mapped[str | None]
    care_of: Mapped[str | None]
    created_at: Mapped[datetime]


class Person(Base):
    """One human being, found behind one or more rows. ``simulated``: invented, never sent to a real provider.

    Phones and e-mail are sealed; whoever looks for one asks for its mark (``core.marks``).

    ``anonymised_at``: since when it is no longer known who that was; the number stays, so that counts do.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_mobile_mark", "mobile_mark"),
        Index("ix_person_fixed_mark", "fixed_mark"),
        *map(marked, WAYS),
        Index("ix_person_family_name", "family_name", "given_name"),
        Index("ix_person_birth_date", "birth_date", postgresql_where=text("birth_date IS NOT NULL")),
        Index("ix_person_name_words", text(SQL_NAME_WORDS.replace("{0}.", "")), postgresql_using="gin"),
        Index("ix_person_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )
    id: Mapped[Key]
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"), index=True)
    title: Mapped[str | None]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    mobile: Mapped[str | None] = mapped_column(PHONE)
    mobile_mark: Mapped[str | None]
    fixed: Mapped[str | None] = mapped_column(PHONE)
    fixed_mark: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(EMAIL)
    email_mark: Mapped[str | None]
    language: Mapped[str | None]
    reads_french: Mapped[bool | None]
    simulated: Mapped[bool]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    anonymised_at: Mapped[datetime | None]
    _marks = validates(*WAYS)(mark_of)


class PersonMerge(Base):
    """A person found to be another: since when, and until when it was so seen. Both keep their histories."""

    __tablename__ = "person_merge"
    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    into_id: Mapped[int] = mapped_column(BigInteger, index=True)
    run_id: Mapped[Number]
    merged_at: Mapped[datetime]
    parted_at: Mapped[datetime | None]


class HouseholdMember(Base):
    """Who belonged to a household, from when to when as far as the lists told us."""

    __tablename__ = "household_member"
    id: Mapped[Key]
    household_id: Mapped[int] = mapped_column(BigInteger, index=True)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class AddressPoint(Base):
    """One point of the Base Adresse Nationale. ``street`` is written as lists' streets are, ``repetition`` is one letter."""

    __tablename__ = "address_point"
    __table_args__ = (Index("ix_address_point_street", "postal_code", "street"),)
    id: Mapped[Key]
    address_key: Mapped[Code]
    postal_code: Mapped[str]
    street: Mapped[str]
    house_number: Mapped[int | None]
    repetition: Mapped[str | None]
    insee: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]


class AddressLocation(Base):
    """Where the address of list rows was found, and how surely (``score``: 0 to 1). ``street``: as the register writes it."""

    __tablename__ = "address_location"
    __table_args__ = (one_of("level", LocationLevel),)
    id: Mapped[Key]
    address_key: Mapped[Code]
    insee: Mapped[str | None]
    street: Mapped[str | None]
    lon: Mapped[float]
    lat: Mapped[float]
    level: Mapped[str]
    score: Mapped[float]


class RuralCommune(Base):
    """A commune that INSEE's density grid says is rural."""

    __tablename__ = "rural_commune"
    insee: Mapped[str] = mapped_column(primary_key=True)


class PriorityStreet(Base):
    """A street of a priority urban area (quartier prioritaire de la politique de la ville)."""

    __tablename__ = "priority_street"
    __table_args__ = (UniqueConstraint("insee", "street"),)
    id: Mapped[Key]
    insee: Mapped[str]
    street: Mapped[str]
    quarter: Mapped[str]
