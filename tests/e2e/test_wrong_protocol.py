"""HTTPS to the port of plain HTTP: the log says what came, and the client gets an answer at once."""
import socket
import ssl

import pytest

import agentos

GREETING = "A TLS greeting: this port speaks plain HTTP"


def logged(server):
    return [line for line in server.log.splitlines() if GREETING in line]


def test_an_https_client_is_named_in_the_log(server):
    context = ssl.create_default_context()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection, pytest.raises(ssl.SSLError):
        context.wrap_socket(connection, server_hostname="localhost")
    assert len(logged(server)) >= 1


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x16\x03\x01\x00\x05\x01\n\r\n\r\n", b"\x16\x03\x03"],
                         ids=["no line feed", "line feeds", "three bytes"])
def test_each_piece_of_a_greeting_is_recognized(server, data):
    before = len(logged(server))
    answer = server.raw(data)
    assert answer.startswith(b"HTTP/1.1 400 ") and GREETING.encode() in answer
    assert len(logged(server)) == before + 1


@pytest.mark.parametrize("data", [b"\x16GET / HTTP/1.1\r\n\r\n", b"\x03\x16\r\n\r\n", b"GET /\x16\x03 HTTP/1.1\r\n\r\n"], ids=repr)
def test_other_bytes_are_refused_as_before(server, data):
    answer = server.raw(data)
    assert answer.startswith(b"HTTP/1.1 400 ") and GREETING.encode() not in answer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("plain"), agentos.config())
    yield shared
    shared.stop()
