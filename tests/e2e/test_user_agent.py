"""A check that is left out for who says that he is the health checker: oauth2-proxy let every request through
whose User-Agent was the configured one (CVE-2026-34457). policy_needs_credential() asks the row alone."""
import pytest

from agentos import bearer

AGENTS = ["GoogleHC/1.0", "kube-probe/1.29", "ELB-HealthChecker/2.0", "Consul Health Check", "Envoy/HC", "agno-client/3.1",
          "os.agno.com", "agentos", "Amazon-Route53-Health-Check-Service", "", "x" * 4000]


@pytest.mark.parametrize("agent", AGENTS)
def test_a_user_agent_opens_nothing(server, agent):
    headers = {"user-agent": agent}
    for path in ("/agents", "/sessions", "/config", "/health/x", "/-/metrics", "/nope"):
        assert server.get(path, headers=headers).status_code == 401, path
    assert server.get("/health", headers=headers).status_code == 200
    assert server.get("/agents", headers={**headers, **bearer()}).status_code == 200


def test_nor_does_a_probes_method(server):
    for method in ("HEAD", "TRACE", "CONNECT", "PROPFIND"):
        assert server.raw(f"{method} /agents HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode(),
                          half_close=False).split(b" ", 2)[1] in (b"401", b"400", b"405", b"501"), method
