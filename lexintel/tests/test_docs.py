"""What the documentation names is there, and what is there is named."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

BASE = Path(settings.BASE_DIR)
PAGES = sorted([*BASE.glob("*.md"), *(BASE / "docs").glob("*.md")])


def test_every_call_of_the_api_is_on_its_page(db):
    page = (BASE / "docs" / "api.md").read_text()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    paths = [path.removeprefix("/api/v1/") for path in schema["paths"]]
    assert len(paths) > 25
    assert not [path for path in paths if f"{path}`" not in page and f"{path}?" not in page and f"{path} " not in page]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/MIGRATION_GUIDE.md", "docs/ARCHITECTURE.md"])
def test_every_file_that_is_named_exists(name):
    text = (BASE / name).read_text()
    named = set(re.findall(r"`((?:lexintel|cases|documents|extraction|search|docs|docker)/[\w./]*)`", text))
    assert named
    assert not [path for path in named if not (BASE / path).exists()]


def test_adding_a_reader_names_every_place_that_knows_a_kind_of_file():
    recipe = (BASE / "CONTRIBUTING.md").read_text().partition("## Adding a reader")[2]
    apps = [path for app in ("cases", "documents", "extraction", "search") for path in (BASE / app).rglob("*.py")]
    knowing = {path.relative_to(BASE) for path in apps if '"application/rtf"' in path.read_text()}
    # Samples for hostile input lie in a folder that the recipe names.
    places = {str(path.parent) + "/" if path.parent.name == "killers" else str(path) for path in knowing}
    assert {"extraction/sniff.py", "extraction/readers/__init__.py"} <= places
    assert not [place for place in places if f"`{place}`" not in recipe]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page):
    links = re.findall(r"\]\(((?!https?:|#)[^)#]+)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_setting_that_the_guide_names_is_a_setting():
    guide = (BASE / "docs" / "MIGRATION_GUIDE.md").read_text()
    section = guide.partition("## Settings")[2].partition("\n## ")[0]
    ours = {
        name for row in re.findall(r"^\| .+? \| (.+) \|$", section, re.M) for name in re.findall(r"`([A-Z_]{5,})", row)
    }
    known = (BASE / "docs" / "configuration.md").read_text()
    assert len(ours) > 15
    assert not [name for name in ours if f"`{name}`" not in known]
