"""Web pages: what is fetched, within which limits, and that nothing but what may be asked ever is."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_web import PAGE, WebServer, drip, give, move, packed, serving
from ssrf_tricks import LITERAL, WRITTEN

from ingest.pipeline import ingest_paths
from ingest.web.fetch import MAX_REDIRECTS, fetch_page, read_address
from ingest.web.media import find_kind, find_stem
from ingest.web.rules import WebRules, is_public, read_rules
from rag.errors import SourceError, UsageError
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving({"/": give()}) as server:
        yield server


def allow(server: WebServer) -> WebRules:
    return read_rules(f"127.0.0.1:{server.port}")


def only(host: str, *addresses: str) -> Any:
    """Looks up one host; others are not there."""

    def resolve(name: str, port: int) -> list[str]:
        if name != host:
            raise OSError("no such host")
        return list(addresses)

    return resolve


# ---- what may not be asked -----------------------------------------------------------------------------------------


def test_every_way_of_writing_an_inner_address_is_refused_and_nothing_is_asked(web: WebServer) -> None:
    rules = read_rules(f"*:{web.port}")  # so that it is the address, not its port, that is refused
    addresses = {name: f"http://{host}:{web.port}/" for name, host in LITERAL.items()}
    addresses |= {name: address.format(port=web.port) for name, address in WRITTEN.items()}
    assert len(addresses) >= 40
    for name, address in addresses.items():
        with pytest.raises(SourceError, match=r"^not fetched: ") as refused:
            fetch_page(address, rules, seconds=10)
        assert "\n" not in str(refused.value) and "secret" not in str(refused.value), name
    assert web.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_checked_like_the_first_address(web: WebServer, status: int) -> None:
    targets = [f"http://{host}:{web.port}/" for host in LITERAL.values()]
    targets += [address.format(port=web.port) for address in WRITTEN.values() if "\n" not in address]
    answers = {f"/{number}": move(target, status) for number, target in enumerate(targets)}
    with serving(answers) as door:
        rules = read_rules(f"127.0.0.1:{door.port}, *:{web.port}")
        for path, target in zip(answers, targets, strict=True):
            with pytest.raises(SourceError, match=r"^not fetched: "):
                fetch_page(door.address(path), rules, seconds=10)
            assert path in [asked for asked, _ in door.asked], target
    assert web.asked == []


def test_one_inner_address_among_those_of_a_name_is_enough_to_refuse_it(web: WebServer) -> None:
    rules = read_rules(f"*:{web.port}")
    for addresses in (["198.41.0.4", "127.0.0.1"], ["127.0.0.1", "198.41.0.4"], ["2001:4860::1", "::1"], ["10.0.0.1"]):
        with pytest.raises(SourceError, match="no public address"):
            fetch_page(web.address(host="pages.example"), rules, resolve=only("pages.example", *addresses))
    assert web.asked == []


def test_a_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked(web: WebServer) -> None:
    answers = iter([["127.0.0.1"], ["127.9.9.9"]])
    page = fetch_page(web.address(host="pages.example"), allow(web), resolve=lambda *_: next(answers))
    assert page.path == web.address(host="pages.example")
    assert len(web.asked) == 1 and web.asked[0][1]["Host"] == f"pages.example:{web.port}"
    with pytest.raises(SourceError, match="no public address"):
        fetch_page(web.address(host="pages.example"), allow(web), resolve=lambda *_: next(answers))


def test_a_listed_name_covers_public_addresses_alone(web: WebServer) -> None:
    rules = read_rules(f"pages.example:{web.port}")
    with pytest.raises(SourceError, match="no public address"):
        fetch_page(web.address(host="pages.example"), rules, resolve=only("pages.example", "127.0.0.1"))
    with pytest.raises(SourceError, match="not among the hosts of FOOTNOTE_WEB_HOSTS"):
        fetch_page("http://other.example/", rules, resolve=only("other.example", "198.41.0.4"))


def test_ports_other_than_the_webs_have_to_be_named(web: WebServer) -> None:
    for setting in ("127.0.0.1", "", "*"):
        with pytest.raises(SourceError, match="not fetched"):
            fetch_page(web.address(), read_rules(setting))
    with pytest.raises(SourceError, match=r"port 22 of pages.example is no usual one"):
        fetch_page("http://pages.example:22/", WebRules(), resolve=only("pages.example", "198.41.0.4"))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("198.41.0.4", True),
        ("2606:4700::1111", True),
        ("2001:4860:4860::8888", True),
        ("2620:4f:8000::1", True),
        ("100.64.0.1", False),
        ("2002:c629:4::1", False),
        ("64:ff9b::c629:4", False),
        ("::ffff:198.41.0.4", False),
        ("2001::1", False),
        ("3fff::1", False),
        ("4000::1", False),
    ],
)
def test_only_what_leads_to_the_public_network_is_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_the_setting_is_read_or_refused_in_one_line() -> None:
    rules = read_rules(" Docs.Example.org , *.example.net:8080, 10.1.0.0/16, [fd00::/8]:8443, * ")
    assert [name.name for name in rules.names] == ["docs.example.org", "*.example.net", "*"]
    assert [(str(each.network), each.port) for each in rules.networks] == [("10.1.0.0/16", None), ("fd00::/8", 8443)]
    rules.check("wiki.internal", 443, [ipaddress.ip_address("10.1.2.3")])
    for wrong in ("http://example.org", "a b", "example.org/path", "host:99999", "*.*.org", "host:"):
        with pytest.raises(UsageError, match=r"FOOTNOTE_WEB_HOSTS: '.*' is neither a host nor a network"):
            read_rules(wrong)


def test_what_stands_for_all_below_a_name_is_not_the_name_and_nothing_that_ends_like_it() -> None:
    rules, public = read_rules("*.example.org"), [ipaddress.ip_address("198.41.0.4")]
    rules.check("docs.example.org", 443, public)
    for host in ("example.org", "badexample.org", "docs.example.org.evil.com"):
        with pytest.raises(SourceError):
            rules.check(host, 443, public)


# ---- how it is asked -----------------------------------------------------------------------------------------------


def test_nothing_of_the_environment_goes_along(web: WebServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ada password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    web.answers["/"] = move("/again")
    web.answers["/again"] = give(Set_Cookie="a=1")
    web.answers["/set"] = give("", status=302, Location="/again", Set_Cookie="session=1; Path=/")
    fetch_page(web.address("/set"), allow(web))
    assert [path for path, _ in web.asked] == ["/set", "/again"]
    for _, headers in web.asked:
        assert not {"Cookie", "Authorization", "Referer", "Proxy-Authorization"} & set(headers)


def test_the_source_is_where_the_page_was_found_in_the_end(web: WebServer) -> None:
    web.answers |= {"/old": move("new?page=1#part"), "/new?page=1": give()}
    source = fetch_page(web.address("/old#top"), allow(web))
    assert (source.path, source.kind, source.stem) == (web.address("/new?page=1"), "html", "new")


def test_redirects_end(web: WebServer) -> None:
    web.answers["/loop"] = move("/loop")
    with pytest.raises(SourceError, match=f"leads on more than {MAX_REDIRECTS} times"):
        fetch_page(web.address("/loop"), allow(web))
    assert len(web.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("to", ["http://[", "http://a b/", "http://\u2460/", "x" * 3_000, "//:0"])
def test_a_redirect_to_what_is_no_address_is_told_in_one_line(web: WebServer, to: str) -> None:
    web.answers["/"] = move(to)
    with pytest.raises(SourceError, match=r"^not fetched: |answered 404"):
        fetch_page(web.address(), allow(web))


def test_the_second_address_is_tried_where_the_first_cannot_be_reached(web: WebServer) -> None:
    rules = read_rules(f"127.0.0.0/8, 127.0.0.1:{web.port}, 127.0.0.2:{web.port}")
    found = fetch_page(web.address(host="two.example"), rules, resolve=only("two.example", "127.0.0.2", "127.0.0.1"))
    assert found.content.startswith(b"\xef\xbb\xbf<html>")


def test_a_page_can_be_fetched_from_within_a_running_loop(web: WebServer) -> None:
    async def notebook() -> str:
        return fetch_page(web.address(), allow(web)).kind

    assert asyncio.run(notebook()) == "html"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("needs openssl, to make a certificate")
    folder = tmp_path_factory.mktemp("certificate")
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=pages.example"
    command += " -addext subjectAltName=DNS:pages.example -keyout key.pem -out cert.pem"
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


def test_the_certificate_has_to_be_the_names_although_a_number_is_asked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({"/": give()}, certificate) as web:
        resolve = lambda *_: ["127.0.0.1"]  # noqa: E731
        with pytest.raises(SourceError, match=r"cannot prove that it is pages.example"):
            fetch_page(web.address(host="pages.example"), allow(web), resolve=resolve)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("cert.pem")))
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(SourceError, match="cannot prove"):
                fetch_page(web.address(host=host), allow(web), resolve=resolve)
        assert web.asked == []
        assert fetch_page(web.address(host="pages.example"), allow(web), resolve=resolve).kind == "html"
        assert fetch_page(web.address(host="Pages.Example."), allow(web), resolve=resolve).kind == "html"


# ---- how much of it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [200_000, 20_000_000])
def test_a_page_larger_than_the_limit_is_refused_as_soon_as_that_is_seen(web: WebServer, size: int) -> None:
    web.answers["/"] = give(b"x" * size, "text/plain")
    web.answers["/packed"] = packed(b"x" * size)
    web.answers["/twice"] = give(gzip.compress(gzip.compress(b"x" * size)), Content_Encoding="gzip, gzip")
    for path in ("/", "/packed"):
        with pytest.raises(SourceError, match=r"more than 0\.1 MB, which is the limit"):
            fetch_page(web.address(path), allow(web), limit=100_000)
    with pytest.raises(SourceError, match="packed in a way that was not asked for"):
        fetch_page(web.address("/twice"), allow(web), limit=100_000)


def test_packed_pages_are_unpacked_and_damaged_ones_are_told(web: WebServer) -> None:
    web.answers["/"] = packed(PAGE.encode())
    assert PAGE.encode() in fetch_page(web.address(), allow(web)).content
    for body in (gzip.compress(PAGE.encode())[:-12], b"no gzip at all", b""):
        web.answers["/"] = give(body, Content_Encoding="gzip")
        with pytest.raises(SourceError, match=r"damaged|broke off|empty"):
            fetch_page(web.address(), allow(web))


@pytest.mark.parametrize(
    "answer",
    [
        drip(),
        drip(b"HTTP/1.1 200 OK\r\nX: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n", piece=b"1\r\nx\r\n"),
        drip(b"", piece=b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"HTTP/1.1 302 Found\r\nLocation: /\r\nX: "),
    ],
    ids=["body", "head", "chunks", "continues", "redirect"],
)
def test_a_page_that_drips_ends_on_time(web: WebServer, answer: Any) -> None:
    web.answers["/"] = answer
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"it took more than 1 seconds|cannot be reached"):
        fetch_page(web.address(), allow(web), seconds=1)
    assert time.monotonic() - started < 6


def test_a_chain_of_slow_redirects_has_one_time_for_all(web: WebServer) -> None:
    def slow(request: Any) -> None:
        time.sleep(0.4)
        move("/slow")(request)

    web.answers["/slow"] = slow
    with pytest.raises(SourceError, match="it took more than 1 seconds"):
        fetch_page(web.address("/slow"), allow(web), seconds=1)


def test_a_look_up_that_hangs_ends_on_time(web: WebServer) -> None:
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(3)
        return ["127.0.0.1"]

    started = time.monotonic()
    with pytest.raises(SourceError, match="it took more than"):
        fetch_page(web.address(), allow(web), resolve=resolve, seconds=0.5)
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 429, 500, 503])
def test_what_a_server_refuses_is_told(web: WebServer, status: int) -> None:
    web.answers["/"] = give(b"", status=status)
    with pytest.raises(SourceError, match=f"127.0.0.1 answered {status}"):
        fetch_page(web.address(), allow(web))


def test_what_speaks_no_http_is_told(web: WebServer) -> None:
    for head in (b"SSH-2.0-OpenSSH_9\r\n", b"\x00" * 50, b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"):
        web.answers["/"] = drip(head, seconds=0.2)
        with pytest.raises(SourceError, match="cannot be reached"):
            fetch_page(web.address(), allow(web), seconds=5)


# ---- what it is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media", "address", "kind"),
    [
        ("text/html", "http://a/", "html"),
        ('TEXT/HTML; charset="utf-8"', "http://a/x.txt", "html"),
        ("application/pdf", "http://a/x", "pdf"),
        ("text/plain", "http://a/notes.md?x=.pdf", "markdown"),
        ("text/plain; charset=utf-8", "http://a/readme", "text"),
        ("text/vtt", "http://a/talk", "text"),
        ("application/octet-stream", "http://a/b/report.DOCX", "docx"),
        ("", "http://a/table.csv", "csv"),
    ],
)
def test_the_kind_is_told_by_the_server_or_else_by_the_ending(media: str, address: str, kind: str) -> None:
    assert find_kind(media, address) == kind


@pytest.mark.parametrize(
    "media", ["image/png", "video/mp4", "application/zip", "application/octet-stream", "", "nonsense", "a/b\u2028c"]
)
def test_what_cannot_be_read_is_refused_before_it_comes(web: WebServer, media: str) -> None:
    web.answers["/"] = drip(f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\n\r\n".encode(), seconds=3)
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"^not fetched: what is there is "):
        fetch_page(web.address(), allow(web))
    assert time.monotonic() - started < 2


def test_the_encoding_that_the_server_names_is_believed_where_it_fits(web: WebServer) -> None:
    text = "<title>Käse</title><p>Größe und Maß</p>"
    for charset, encoding in (("iso-8859-1", "cp1252"), ("windows-1252", "cp1252"), ("utf-8", "utf-8")):
        web.answers["/"] = give(text.encode(encoding), f"text/html; charset={charset}")
        assert fetch_page(web.address(), allow(web)).content.decode("utf-8-sig") == text
    for wrong in ("utf-8", "no-such", "rot13", "zlib"):
        web.answers["/"] = give(text.encode("cp1252"), f"text/html; charset={wrong}")
        assert fetch_page(web.address(), allow(web)).content == text.encode("cp1252")


@pytest.mark.parametrize(
    ("address", "stem"),
    [
        ("https://www.example.org/", "example.org"),
        ("https://example.org/wiki/Duck", "Duck"),
        ("https://example.org/a/report.pdf?x=1", "report"),
        ("https://example.org/v1.2/", "v1.2"),
        ("https://example.org/K%C3%A4se", "Käse"),
    ],
)
def test_a_page_is_named_by_its_address(address: str, stem: str) -> None:
    assert find_stem(address) == stem


def test_an_address_is_read_as_browsers_do() -> None:
    assert str(read_address(" HTTPS://Bücher.Example.:443/a b?q=ü#part ")) == (
        "https://xn--bcher-kva.example/a%20b?q=%C3%BC"
    )


# ---- into the index ------------------------------------------------------------------------------------------------


def test_a_page_becomes_a_document_and_is_replaced_when_its_words_change(
    web: WebServer, embeddings: Any, tmp_path: Path
) -> None:
    directory, settings = tmp_path / "index", read_settings(web_hosts=f"127.0.0.1:{web.port}")
    address = web.address("/tides/brest.html")
    web.answers |= {"/tides/brest.html": give(), "/go": move("/tides/brest.html")}

    def ingest(**more: Any) -> Any:
        (report,) = ingest_paths(
            web.address("/go"), directory=directory, embeddings=embeddings, settings=settings, **more
        )
        return report

    report = ingest()
    assert (report.source, report.document, report.status) == (address, "brest", "added")
    document = PassageIndex(directory, embeddings).document("brest")
    assert (document.title, document.source) == ("Tides", address)
    assert ingest().status == "unchanged"
    web.answers["/tides/brest.html"] = give(PAGE.replace("<head>", "<head><!-- visit 2 -->"))
    assert ingest().status == "unchanged"  # its words are
    web.answers["/tides/brest.html"] = give(PAGE.replace("noon", "midnight"))
    assert ingest().status == "replaced"
    assert "midnight" in PassageIndex(directory, embeddings).document("brest").text
    web.answers["/tides/brest.html"] = give("gone", status=410)
    assert ingest().reason == "not fetched: 127.0.0.1 answered 410 Gone"
    (kept,) = ingest_paths([], directory=directory, embeddings=embeddings, settings=settings, rebuild=True)
    assert kept.document == "brest" and kept.reason.endswith("kept as it was indexed")
    web.answers["/tides/brest.html"] = move("/tides/new.html", 301)
    web.answers["/tides/new.html"] = give(PAGE.replace("noon", "midnight or so"))
    (moved,) = ingest_paths([], directory=directory, embeddings=embeddings, settings=settings, rebuild=True)
    assert (moved.document, moved.source) == ("brest", web.address("/tides/new.html"))
    assert "midnight" in PassageIndex(directory, embeddings).document("brest").text


def test_what_cannot_be_fetched_stops_nobody_and_shows_no_password(embeddings: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A lid fits.\n")
    places: list[Path | str] = ["http://ada:secret@127.0.0.1/", tmp_path / "a.txt", "ftp://example.org/x"]
    reports = ingest_paths(places, directory=tmp_path / "index", embeddings=embeddings)
    assert [report.status for report in reports] == ["added", "failed", "failed"]
    assert "secret" not in str(reports)
