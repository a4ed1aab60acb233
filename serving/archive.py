"""What decisions were made under: policies, catalogues, shadow prices, and the campaigns made in batch."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from configs.errors import Conflict, NotFound
from features.ledger import CAMPAIGNS, CONTACTS, DOCUMENTS, PRICES, to_instant, to_text
from serving.database import add, answering, writing
from serving.entries import CampaignEntry, ContactEntry, Hold, PricesEntry
from serving.holds import hold

AT_ONCE = 50_000  # contacts in one statement
_KEEP = text("INSERT INTO documents (hash, kind, text) VALUES (:hash, :kind, :text) ON CONFLICT DO NOTHING")


def fingerprint(document: str) -> str:
    """Sixteen hex digits that change when any character does."""
    return hashlib.sha256(document.encode()).hexdigest()[:16]


class Archive:
    """The ledger's archive on `engine`. Every method raises StoreUnavailable where it does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, kind: str, document: str) -> str:
        """Keep a policy or a catalogue, once; its hash."""
        found = fingerprint(document)
        with writing(self._engine) as connection:
            connection.execute(_KEEP, {"hash": found, "kind": kind, "text": document})
        return found

    def document(self, found: str) -> str:
        """The document of a hash. Raises NotFound."""
        with answering("read"), self._engine.connect() as connection:
            row = connection.execute(select(DOCUMENTS.c.text).where(DOCUMENTS.c.hash == found)).first()
        if row is None:
            raise NotFound(f"the ledger holds no document {found!r}")
        return str(row.text)

    def add_prices(self, entry: PricesEntry) -> None:
        """Keep shadow prices, which steer the decisions under their budgets from now on; a version is kept once."""
        try:
            with writing(self._engine) as connection:
                add(connection, PRICES, entry)
        except IntegrityError:
            return

    def latest_prices(self, of: Collection[str] | None = None) -> PricesEntry | None:
        """The prices found last, or found last under one of the policies `of`, by their hashes; None for none."""
        latest = select(PRICES).order_by(PRICES.c.made_at.desc(), PRICES.c.version.desc()).limit(1)
        return self._prices(latest if of is None else latest.where(PRICES.c.policy_hash.in_(of)))

    def priced_policies(self) -> Sequence[str]:
        """The policies, by their hashes, that prices were ever found under."""
        with answering("read"), self._engine.connect() as connection:
            return connection.execute(select(PRICES.c.policy_hash).distinct()).scalars().all()

    def prices(self, version: str) -> PricesEntry:
        """The prices of a version. Raises NotFound."""
        found = self._prices(select(PRICES).where(PRICES.c.version == version))
        if found is None:
            raise NotFound(f"the ledger holds no prices {version!r}")
        return found

    def record_campaign(self, entry: CampaignEntry, contacts: Iterable[ContactEntry], holds: Sequence[Hold]) -> None:
        """Keep a campaign with its contacts and what it holds of budgets, or nothing of it.

        Raises Conflict where the campaign is there already, and BudgetSpent.
        """
        try:
            with writing(self._engine) as connection:
                add(connection, CAMPAIGNS, entry)
                hold(connection, holds)
                rows = ({**_row(contact)} for contact in contacts)
                while some := list(islice(rows, AT_ONCE)):
                    connection.execute(insert(CONTACTS), some)
        except IntegrityError as error:
            raise Conflict(f"campaign {entry.campaign_id} is already in the ledger") from error

    def campaign(self, campaign_id: str) -> CampaignEntry:
        """A campaign by its id. Raises NotFound."""
        with answering("read"), self._engine.connect() as connection:
            row = connection.execute(select(CAMPAIGNS).where(CAMPAIGNS.c.campaign_id == campaign_id)).first()
        if row is None:
            raise NotFound(f"there is no campaign {campaign_id!r}")
        return CampaignEntry(**{**row._mapping, "decided_at": to_instant(row.decided_at)})

    def _prices(self, statement: object) -> PricesEntry | None:
        with answering("read"), self._engine.connect() as connection:
            row = connection.execute(statement).first()  # type: ignore[call-overload]
        return PricesEntry(**{**row._mapping, "made_at": to_instant(row.made_at)}) if row else None


def _row(contact: ContactEntry) -> dict[str, str]:
    return {
        "decision_id": contact.decision_id,
        "offer_id": contact.offer_id,
        "channel": contact.channel,
        "customer_id": contact.customer_id,
        "at": to_text(contact.at),
    }
