"""Settings, .env.example and docs/configuration.md name the same variables."""

import re

from django.conf import settings

ROOT = settings.BASE_DIR
# Read by the embedded services before there are settings.
ELSEWHERE = {"LEXINTEL_PG_BIN", "LEXINTEL_REDIS_BIN"}


def read_by_settings() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "lexintel/settings.py").read_text()))


def test_env_example_names_every_setting_and_no_other():
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert named == read_by_settings()


def test_the_configuration_page_explains_every_setting_and_no_other():
    named = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/configuration.md").read_text(), re.M))
    assert named == read_by_settings() | ELSEWHERE


def test_every_setting_in_env_example_comes_with_a_sentence():
    before = ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        if re.match(r"#[A-Z_]+=", line):
            assert before.startswith("#"), line
        before = line


def test_import_contracts_hold():
    import subprocess
    import sys
    from pathlib import Path

    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
