"""The fingerprint of a request, by which a repeated one is known."""

from __future__ import annotations

import json
from hashlib import sha256

from serving.schemas import Ask


def body_hash(request: Ask) -> str:
    """64 hex digits that depend on what is asked, not on the order of its fields or on white space."""
    text = json.dumps(request.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
