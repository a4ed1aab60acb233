"""The channels on which customers are met; mappings, policies and records use these names."""

from __future__ import annotations

from typing import Literal, get_args

Channel = Literal["email", "sms", "push", "app", "web", "phone", "chat", "social", "store", "mail"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
