"""The soak in small: one fault after the other while documents come in, and the result of a quiet run."""

import dataclasses
import json
import secrets

import pytest

from extraction.tests.installation import LEASE_S
from lexintel.chaos import files, outcome
from lexintel.chaos.faults import FAULTS
from lexintel.chaos.soak import Plan, compare, soak
from lexintel.tests.processes import needs_proc, run_manage

# What takes long to get over has tests of its own (test_faults, test_faults_work).
QUICK = (
    "worker killed",
    "worker told to end",
    "embedding worker killed",
    "reading child killed",
    "zygote killed",
    "redis killed",
    "redis flushed",
    "messages duplicated",
    "database connections cut",
    "web told to end",
)


@needs_proc
def test_whatever_goes_wrong_every_document_ends_as_if_nothing_had(lexintel):
    seed = secrets.randbelow(1 << 31)
    plan = Plan(documents=20, faults=10, seed=seed, every_s=0.5, kinds=QUICK, lease_s=LEASE_S)
    result = soak(lexintel, lexintel.endpoint, plan)
    assert result["ok"], json.dumps(result)
    assert result["compared"] > 20
    assert result["kinds"] >= 8, json.dumps(result)


def test_the_same_seed_makes_the_same_documents_of_many_kinds():
    made = files.documents(40, 7)
    assert made == files.documents(40, 7)
    assert made != files.documents(40, 8)
    assert {name.partition("-")[2].partition(".")[0] for name in made} == {*files.KINDS, "letter"}


GOOD = outcome.Outcome("ready", ":[]2", 2, "a", 3, "b", 3, "c")


@pytest.mark.parametrize("field", [each.name for each in dataclasses.fields(GOOD)])
def test_a_difference_in_anything_is_noticed(field):
    other = dataclasses.replace(GOOD, **{field: 7 if isinstance(getattr(GOOD, field), int) else "other"})
    found = compare({"a": [GOOD], "b": [GOOD]}, {"a": [GOOD], "b": [other]})
    assert (found["lost"], found["duplicated"], found["different"]) == ([], [], ["b"])


def test_what_is_lost_or_there_twice_is_noticed():
    found = compare({"a": [GOOD], "b": [GOOD]}, {"b": [GOOD, GOOD], "c": [GOOD]})
    assert (found["lost"], found["duplicated"]) == (["a"], ["b", "c"])


def test_nonsense_is_refused_before_anything_is_started():
    refused = run_manage("chaos", "--documents", "0")
    assert (refused.returncode, "must be positive" in refused.stderr) == (2, True)


def test_kinds_of_faults_are_enough_to_call_it_chaos():
    assert len(FAULTS) >= 8
    assert set(QUICK) <= FAULTS.keys()
