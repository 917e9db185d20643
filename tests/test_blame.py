"""Slips in the tables of the bundled specs, and of networks that are not: found, blamed on the cell, said once, mended.

What is to be found is what the oracle says, which runs torch and knows nothing of the checker. docs/blame.md has the
figures of many more.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from oracle import judge

from archspec import bundled
from archspec.api import load

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "benchmarks"))

from blame import MEASURES, Scored, run, share  # noqa: E402
from slips import KINDS, other_names  # noqa: E402

SLIPS = 180
OTHERS = 72  # in networks that are not bundled
LEAST = {"detected": 1.0, "blamed": 0.97, "listed": 0.94, "first": 0.82, "once": 0.95}  # of so few slips


def test_slips_are_found_blamed_said_once_and_mended() -> None:
    """One test, since the slips are made and checked once. Whatever is offered is laid into the text, which is checked
    again, and judged by the oracle."""
    results = run(SLIPS, 1409, bundled.names(), processes=1) + run(OTHERS, 1409, other_names(), processes=1)
    assert {one.slip.kind for one in results} == set(KINDS)
    assert {one.slip.spec for one in results} == {*bundled.names(), *other_names()}
    for measure in MEASURES:
        part, whole = share(results, measure)
        assert whole > SLIPS / 2
        assert part / whole >= LEAST[measure], lacking(results, measure)
    assert sum(one.offered for one in results) > 2 * (SLIPS + OTHERS)
    assert [(one.slip.spec, one.slip.shown, one.wrong) for one in results if one.wrong] == []
    alarms = [one for one in results if one.oracle == "consistent" and one.detected]
    assert [(one.slip.spec, one.slip.shown, one.said) for one in alarms] == []


def lacking(results: list[Scored], measure: str) -> str:
    return "\n".join(
        f"{one.slip.spec}, {one.slip.kind}, {one.slip.shown}\n{one.said}"
        for one in results
        if one.detectable and getattr(one, measure) is False
    )


@pytest.mark.parametrize("name", bundled.names())
def test_the_oracle_and_the_checker_agree_on_what_is_bundled(name: str) -> None:
    assert judge(load(name).document.source.text).kind == "consistent"
    assert load(name).check().ok


def judged(old: str, new: str) -> str:
    text = load("googlenet").document.source.text
    assert text.count(old) == 1
    return judge(text.replace(old, new)).kind


def test_the_oracle_sees_a_width_by_its_sum_and_by_its_counts() -> None:
    assert judged('"14×14×512",  2, 160, 112, 224', '"14×14×512",  2, 160, 112, 226') == "inconsistent"
    assert judged('"14×14×512",  2, 160, 112, 224', '"14×14×512",  2, 160, 122, 224') == "inconsistent"


def test_the_oracle_sees_what_says_nothing() -> None:
    assert judged('"14×14×512",  2, 160, 112, 224', '"14×14×512",  2, 160, "112", 224') == "unreadable"
    assert judged('["avg pool",      "pool5",   "7×7/1"', '["avg pool",      "pool5",   "9×9/1"') == "unreadable"


def test_the_oracle_sees_no_fault_where_nothing_is_said() -> None:
    assert judged('"3×3/1", "56×56×192"', '"3x3", "56x56x192"') == "consistent"
    assert judged('"dropout (40%)"', '"dropout (20%)"') == "consistent"
