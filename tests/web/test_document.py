"""The API's document in the repository is that of the code."""

import json
from pathlib import Path

from antiphon.web.document import document
from antiphon.web.page import page

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_the_file_is_what_the_routes_say() -> None:
    assert json.loads(DOCUMENT.read_text()) == document()  # else: python -m antiphon.web.document docs/openapi.json


def test_every_route_has_a_sentence_and_says_what_may_go_wrong() -> None:
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            assert told["description"], (method, path)
            assert {"401", "422", "429"} <= set(told["responses"]), (method, path)


def test_the_page_names_every_route_and_takes_nothing_from_elsewhere() -> None:
    shown = page(document())
    assert all(f"<code>{path}</code>" in shown for path in document()["paths"])
    assert "http://" not in shown
    assert "https://" not in shown
    assert "<script" not in shown
