"""The page /docs: every endpoint with an example, from the OpenAPI description, without any script.

FastAPI's own page loads its program from a server on the internet, which a clinic's network need not reach.
"""

import json
from typing import Any

from jinja2 import Environment

_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
h2 { margin-top: 2.5rem; font-size: 1.1rem } code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: #f4f5f6; padding: .8rem; overflow: auto; max-height: 24rem; border-radius: 6px }
b { color: #0a6b3d } table { border-collapse: collapse } td { padding: .1rem 1rem .1rem 0; vertical-align: top }
</style></head><body>
<h1>{{ title }}</h1>
<p style="white-space: pre-line">{{ about }}</p>
<p>The same for programs: <a href="openapi.json">openapi.json</a></p>
{% for e in endpoints %}
<h2><b>{{ e.method }}</b> <code>{{ e.path }}</code></h2>
<p>{{ e.summary }}. {{ e.description }}</p>
{% if e.parameters %}<table>
{% for p in e.parameters %}
<tr><td><code>{{ p.name }}</code></td><td>{{ p.in }}</td><td>{{ p.description or "" }}</td></tr>
{% endfor %}
</table>{% endif %}
{% if e.request %}<details><summary>a request</summary><pre>{{ e.request }}</pre></details>{% endif %}
{% if e.answer %}<details><summary>an answer</summary><pre>{{ e.answer }}</pre></details>{% endif %}
<p>Statuses: {{ e.statuses }}</p>
{% endfor %}
</body></html>"""
)


def render(description: dict[str, Any]) -> str:
    """HTML of an OpenAPI description."""
    endpoints = [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "parameters": operation.get("parameters", []),
            "request": _example(operation.get("requestBody", {}), description),
            "answer": _example(operation["responses"].get("200", {}), description),
            "statuses": ", ".join(sorted(operation["responses"])),
        }
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]
    info = description["info"]
    return _TEMPLATE.render(title=info["title"], about=info.get("description", ""), endpoints=endpoints)


def _example(body: dict[str, Any], description: dict[str, Any]) -> str:
    """The first example of a request or an answer; empty if it has none."""
    content = body.get("content", {})
    media: dict[str, Any] = next(iter(content.values()), {})
    found = media.get("example")
    name = media.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    if found is None and name:
        found = next(iter(description["components"]["schemas"][name].get("examples", [])), None)
    return "" if found is None else json.dumps(found, indent=2, ensure_ascii=False)
