"""Runs last: nothing that was planted as a secret may be in any log of the whole run."""
import agentos


def test_no_log_holds_a_token_a_key_or_a_secret():
    leaks = []
    for file in agentos.LOGS:
        if not file.exists():
            continue
        text = file.read_text(errors="replace")
        leaks += [f"{file}: {secret[:12]}..." for secret in agentos.PLANTED if secret in text]
    assert not leaks, leaks
