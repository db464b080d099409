"""Requests into types: JSON bodies and query strings, strictly, with errors that name the field.

A core: bytes and strings in, values out.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from infra.request_errors import BodyInvalid, BodyMalformed, QueryInvalid


class BodyDecoder:
    """Reads JSON bodies of one type."""

    def __init__(self, type_: Any) -> None:
        self._decoder = msgspec.json.Decoder(type_)

    def decode(self, body: bytes) -> Any:
        """Raises ``BodyMalformed`` when it is not JSON and ``BodyInvalid`` when it is other JSON."""
        try:
            return self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise BodyInvalid(sentence(str(error), "the body")) from None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise BodyMalformed(f"the body has to be JSON in UTF-8: {error}") from None


class QueryDecoder:
    """Reads query strings of one type; knows which parameters may repeat from the type's fields."""

    def __init__(self, type_: Any) -> None:
        self._type = type_
        self._fields = {each.encode_name: each for each in msgspec.structs.fields(type_)}
        self._repeatable = {name for name, each in self._fields.items() if _is_list(each.type)}

    def decode(self, pairs: Iterable[tuple[str, str]]) -> Any:
        """Raises ``QueryInvalid``, which names the parameter."""
        values: dict[str, Any] = {}
        for name, value in pairs:
            if name not in self._fields:
                known = ", ".join(f"`{each}`" for each in self._fields)
                raise QueryInvalid(f"there is no parameter `{name[:64]}`; there is {known}")
            if name in self._repeatable:
                values.setdefault(name, []).append(value)
            elif name in values:
                raise QueryInvalid(f"the parameter `{name}` is given twice")
            else:
                values[name] = value
        try:
            return msgspec.convert(values, self._type, strict=False)
        except msgspec.ValidationError as error:
            raise QueryInvalid(sentence(str(error), "the query")) from None


def _is_list(type_: Any) -> bool:
    info = msgspec.inspect.type_info(type_)
    while isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    return isinstance(info, msgspec.inspect.CollectionType)


def sentence(message: str, whole: str) -> str:
    """msgspec's message with the field in front: ``links[0].url: expected `str`, got `int```."""
    what, _, path = message.partition(" - at `")
    field = path.rstrip("`").removeprefix("$").removeprefix(".") or whole
    return f"{field}: {what[:1].lower()}{what[1:]}"
