"""The page of the API: what its document says, as one page of HTML without anything from elsewhere."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1f2328;background:#fff}
h2{margin-top:2.5rem}section{border-top:1px solid #d1d9e0;padding:.75rem 0}code{font:14px ui-monospace,monospace}
b{display:inline-block;min-width:4.5rem}pre{overflow-x:auto;background:#f6f8fa;padding:.75rem;border-radius:6px}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}section{border-color:#30363d}
pre{background:#161b22}}
"""


def page(document: Mapping[str, Any]) -> str:
    """Every route by what it is about, with what it takes."""
    title = escape(document["info"]["title"])
    body = "\n".join(_body(document))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: HTTP API</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}: HTTP API</h1><p>{escape(document['info']['description'])}</p>"
        '<p>The whole document: <a href="openapi.json">openapi.json</a></p>'
        f"{body}</body></html>"
    )


def _body(document: Mapping[str, Any]) -> Iterator[str]:
    tags: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            tags.setdefault(told["tags"][0], []).append(_route(document, path, method, told))
    for tag, routes in tags.items():
        yield f"<h2>{escape(tag.capitalize())}</h2>"
        yield from routes


def _route(document: Mapping[str, Any], path: str, method: str, told: Mapping[str, Any]) -> str:
    lines = [f"<section><p><b>{method.upper()}</b> <code>{escape(path)}</code></p>"]
    lines.append(f"<p>{escape(told.get('description', ''))}</p>")
    names = [escape(one["name"]) for one in told.get("parameters", ()) if one["in"] != "path"]
    if names:
        lines.append(f"<p>Takes <code>{', '.join(names)}</code></p>")
    if fields := list(_fields(document, told)):
        lines.append(f"<pre>{escape(chr(10).join(fields))}</pre>")
    return "\n".join([*lines, "</section>"])


def _fields(document: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """The fields of the body, those that have to be there marked."""
    schema = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    found = document.get("components", {}).get("schemas", {}).get(name, {})
    required = set(found.get("required", ()))
    for field, about in found.get("properties", {}).items():
        yield f"{field}{'*' if field in required else ''}: {_kind(about)}"


def _kind(about: Mapping[str, Any]) -> str:
    if "anyOf" in about:
        return " | ".join(_kind(one) for one in about["anyOf"])
    if "enum" in about:
        return " | ".join(f'"{one}"' for one in about["enum"])
    return str(about.get("type") or about.get("$ref", "").rpartition("/")[2] or "any")
