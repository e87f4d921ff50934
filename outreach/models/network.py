"""The network and its partners: associations, their sites and mediators; who hands over lists."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import TravelMode
from outreach.models.base import Base, Code, Key, one_of


class Association(Base):
    """A legal body of the network; it employs mediators and signs agreements."""

    __tablename__ = "association"
    id: Mapped[Key]
    code: Mapped[Code]
    name: Mapped[str]


class Site(Base):
    """A place of an association that people can come to and rounds start from."""

    __tablename__ = "site"
    id: Mapped[Key]
    association_id: Mapped[int] = mapped_column(ForeignKey("association.id"), index=True)
    code: Mapped[Code]
    name: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str]
    insee: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]


class Mediator(Base):
    """A member of staff who calls and visits; ``languages`` are ISO 639-1 codes, French included."""

    __tablename__ = "mediator"
    __table_args__ = (one_of("travel_mode", TravelMode),)
    id: Mapped[Key]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    code: Mapped[Code]
    name: Mapped[str]
    languages: Mapped[list[str]]
    travel_mode: Mapped[str]
    phone: Mapped[str | None]
    """The phone on which calls reach them; it is never shown to anybody called."""


class Partner(Base):
    """Who hands over target lists: an energy or water supplier, a landlord, a city."""

    __tablename__ = "partner"
    id: Mapped[Key]
    code: Mapped[Code]
    name: Mapped[str]
    kind: Mapped[str]
