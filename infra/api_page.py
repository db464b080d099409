"""The API's documentation for people: one HTML page made of the OpenAPI document.

A core: a document in, text out. No script and nothing from elsewhere, so that the content security policy of every
page holds for it; its style sheet is ``api_page.css`` beside this module.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]

_CODE = re.compile(r"`([^`]+)`")
_METHODS = ("get", "post", "put", "patch", "delete")


def render(document: Json, *, style_url: str, document_url: str) -> str:
    """The page."""
    info = document["info"]
    operations = list(_operations(document))
    tags = [tag["name"] for tag in document["tags"]]
    schemas = document["components"]["schemas"]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<title>{escape(info["title"])} API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{escape(style_url)}">
</head>
<body>
<header>
<p class="brand"><a href="/">{escape(info["title"])}</a></p>
<h1>API</h1>
<p class="lead">{_text(info["description"])}</p>
<p class="lead">Version {escape(info["version"])} ·
<a href="{escape(document_url)}">OpenAPI {escape(document["openapi"])}</a></p>
</header>
<div class="columns">
<nav aria-label="Endpoints">{"".join(_contents(tag, operations) for tag in tags)}
<h2>Types</h2><ul>{"".join(f'<li><a href="#{_type_id(name)}">{escape(name)}</a></li>' for name in schemas)}</ul></nav>
<main>
{"".join(_group(tag, operations) for tag in tags)}
{_security(document["components"]["securitySchemes"])}
<section><h2>Types</h2>{"".join(_type(name, each) for name, each in schemas.items())}</section>
</main>
</div>
</body>
</html>
"""


Operation = tuple[str, str, Json]


def _operations(document: Json) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield method, path, item[method]


def _contents(tag: str, operations: Iterable[Operation]) -> str:
    items = "".join(
        f'<li><a href="#{escape(each["operationId"])}">{_method(method)} {escape(each["summary"])}</a></li>'
        for method, _path, each in operations
        if tag in each["tags"]
    )
    return f"<h2>{escape(tag)}</h2><ul>{items}</ul>"


def _group(tag: str, operations: Iterable[Operation]) -> str:
    inside = "".join(_operation(*each) for each in operations if tag in each[2]["tags"])
    return f"<section><h2>{escape(tag)}</h2>{inside}</section>"


def _operation(method: str, path: str, operation: Json) -> str:
    limits = "; ".join(f"`{name}`: {each}" for name, each in operation["x-rate-limits"].items())
    return f"""<article id="{escape(operation["operationId"])}">
<h3>{escape(operation["summary"])}</h3>
<p class="route">{_method(method)} <code>{_path(path)}</code></p>
{_paragraph(operation.get("description"))}
<dl><dt>Who</dt><dd>{_text(operation["x-access"])}</dd><dt>Limits</dt><dd>{_text(limits)}</dd></dl>
{_parameters(operation["parameters"])}
{_body(operation.get("requestBody"))}
{_answers(operation["responses"])}
</article>
"""


def _parameters(parameters: Iterable[Json]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}"
        f"{', required' if each.get('required') else ''}</td><td>{_shape(each['schema'])}</td>"
        f"<td>{_text(each.get('description', ''))}</td></tr>"
        for each in parameters
    )
    return _table("Parameters", ("Name", "Where", "Type", "What"), rows)


def _body(body: Json | None) -> str:
    if body is None:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(media_type)}</code></td><td>{_shape(each.get('schema', {}))}</td></tr>"
        for media_type, each in body["content"].items()
    )
    return _table("Body", ("Media type", "Type"), rows)


def _answers(responses: Json) -> str:
    rows = "".join(
        f'<tr><td><span class="status s{status[0]}">{status}</span></td>'
        f"<td>{_content(each.get('content', {}))}</td><td>{_text(each['description'])}</td></tr>"
        for status, each in responses.items()
    )
    return _table("Answers", ("Status", "Type", "What"), rows)


def _content(content: Json) -> str:
    parts = []
    for each in content.values():
        events = each.get("x-events", {})
        parts += [f"<code>{escape(name)}</code>: {_shape(schema)}" for name, schema in events.items()]
        if not events:
            parts.append(_shape(each.get("schema", {})))
    return "<br>".join(parts)


def _security(schemes: Json) -> str:
    if not schemes:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td><code>Authorization: Bearer …</code></td>"
        f"<td>{_text(each['description'])}</td></tr>"
        for name, each in schemes.items()
    )
    return f"<section><h2>Credentials</h2>{_table('', ('Name', 'Header', 'What'), rows)}</section>"


def _type(name: str, schema: Json) -> str:
    required = schema.get("required", ())
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{'' if field in required else ' <small>optional</small>'}</td>"
        f"<td>{_shape(each)}</td><td>{_text(each.get('description', ''))}{_examples(each)}</td></tr>"
        for field, each in schema.get("properties", {}).items()
    )
    fields = _table("", ("Field", "Type", "What"), rows) if rows else f"<p>{_shape(schema)}</p>"
    about = _paragraph(schema.get("description"))
    return f'<article id="{_type_id(name)}"><h3>{escape(name)}</h3>{about}{fields}</article>'


def _examples(schema: Json) -> str:
    shown = ", ".join(
        f"<code>{escape(json.dumps(each, ensure_ascii=False))}</code>" for each in schema.get("examples", ())
    )
    return f' <span class="example">e.g. {shown}</span>' if shown else ""


def _shape(schema: Json) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{_type_id(name)}">{escape(name)}</a>'
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_shape(each) for each in schema[key])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(json.dumps(each))}</code>" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_shape(schema.get('items', {}))}"
    return escape(" ".join(filter(None, (str(schema.get("type", "anything")), _bounds(schema)))))


def _bounds(schema: Json) -> str:
    words = {
        "format": "({})",
        "minimum": "≥ {}",
        "maximum": "≤ {}",
        "minLength": "≥ {} characters",
        "maxLength": "≤ {} characters",
        "pattern": "matching {}",
        "default": "(default {})",
    }
    return ", ".join(text.format(schema[key]) for key, text in words.items() if schema.get(key) is not None)


def _table(title: str, header: Iterable[str], rows: str) -> str:
    if not rows:
        return ""
    heading = f"<h4>{escape(title)}</h4>" if title else ""
    cells = "".join(f'<th scope="col">{escape(each)}</th>' for each in header)
    return f'{heading}<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>'


def _method(method: str) -> str:
    return f'<span class="method {method}">{method.upper()}</span>'


def _path(path: str) -> str:
    return re.sub(r"\{(\w+)\}", r"<var>{\1}</var>", escape(path))


def _paragraph(text: str | None) -> str:
    return f"<p>{_text(text)}</p>" if text else ""


def _text(text: str) -> str:
    """Plain text; what stands in backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _type_id(name: str) -> str:
    return f"type-{escape(name)}"
