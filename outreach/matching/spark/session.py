"""The way to a cluster: a Spark Connect session, or a sentence that says what is missing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from outreach.core.errors import OutreachError
from outreach.core.i18n import _

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

PORT, SECONDS = 15002, 10.0
"""The usual port of Spark Connect, and how long it may take to answer: the client itself would try for minutes."""
REMOTE = "OUTREACH_SPARK_REMOTE"


@contextmanager
def connected(remote: str | None) -> Iterator[SparkSession]:
    """A session on the server at `remote` (``sc://host:port``), released afterwards. Raises ``OutreachError``."""
    if not remote:
        raise OutreachError(_("on ne sait pas où est Spark"), place=REMOTE, mend=_("Donnez-le comme sc://machine:15002."))
    builder = _builder()
    _reach(remote)
    session = builder.remote(remote).create()
    try:
        yield session
    finally:
        session.stop()


def _builder() -> Any:
    try:
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise OutreachError(
            _("le client de Spark n'est pas installé"), mend=_("Installez-le : pip install -r constraints-spark.txt.")
        ) from error
    return SparkSession.builder


def _reach(remote: str) -> None:
    parts = urlparse(remote)
    try:
        if parts.scheme != "sc" or not parts.hostname:
            raise OutreachError(
                _("ce n'est pas une adresse de Spark Connect"), place=REMOTE, mend=_("Donnez-le comme sc://machine:15002.")
            )
        socket.create_connection((parts.hostname, parts.port or PORT), timeout=SECONDS).close()
    except (OSError, ValueError) as error:
        raise OutreachError(
            _("Spark ne répond pas à {remote}").format(remote=f"{parts.scheme}://{parts.netloc}"), place=REMOTE,
            mend=_("Vérifiez l'adresse, et que le serveur Spark Connect est ouvert à cette machine."),
        ) from error  # fmt: skip
