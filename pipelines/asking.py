"""What the command line asks is held against the service's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from configs.errors import RequestError
from serving.schemas import Ask

Asked = TypeVar("Asked", bound=Ask)


def ask(kind: type[Asked], content: Mapping[str, object]) -> Asked:
    """`content` as a request. Raises RequestError with one line per problem, each beginning with the field's path."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
        raise RequestError("this cannot be asked", details=lines) from error
