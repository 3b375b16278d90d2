"""The recorded transcripts of the reference, replayed against our server.

Every entry of a flow in FLOWS must match, or be a decided difference (DIFFERENT), or be named in
NOT_YET with the reason. An entry of NOT_YET that matches is a failure too: that list only shrinks."""
import pytest

import golden
from golden_lists import DIFFERENT, FLOWS, FLOWS_NOT_YET, NOT_YET

pytestmark = pytest.mark.skipif(not golden.FOLDER.is_dir(), reason=f"no transcripts in {golden.FOLDER}")

OUTCOMES = {}


def entries():
    if not golden.FOLDER.is_dir():
        return []
    return [pytest.param(flow, entry["name"], id=f"{flow}: {entry['name']}")
            for flow in FLOWS for entry in golden.transcript(flow)]


def outcome(flow, name, tmp_path_factory):
    if flow not in OUTCOMES:
        OUTCOMES[flow] = golden.replay(flow, tmp_path_factory.mktemp(flow))
    return OUTCOMES[flow][name]


@pytest.mark.parametrize("flow, name", entries())
def test_transcript(flow, name, tmp_path_factory):
    faults = outcome(flow, name, tmp_path_factory)
    reason = NOT_YET.get(flow, {}).get(name)
    if reason is None:
        assert not faults, "\n".join(faults[:12])
    else:
        assert faults, f"it matches now: take it out of NOT_YET ({reason})"


def test_every_transcript_is_replayed_or_named():
    flows = {file.stem for file in golden.FOLDER.glob("*.json")}
    assert flows == set(FLOWS) | set(FLOWS_NOT_YET)


@pytest.mark.parametrize("rows", [NOT_YET, DIFFERENT], ids=["NOT_YET", "DIFFERENT"])
def test_the_lists_name_only_what_was_recorded(rows):
    for flow, names in rows.items():
        recorded = {entry["name"] for entry in golden.transcript(flow)}
        assert set(names) <= recorded, set(names) - recorded


def test_no_entry_is_in_both_lists():
    assert not [(flow, name) for flow in NOT_YET for name in NOT_YET[flow] if name in DIFFERENT.get(flow, {})]
