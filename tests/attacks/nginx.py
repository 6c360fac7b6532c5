"""A real nginx on loopback before a server: with HTTPS, below a path, stripping that path or leaving it on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from attacks.attack import CannotTry
from attacks.processes import wait_for
from attacks.raw import connect
from attacks.serving import Server

PROGRAM = "/usr/sbin/nginx"

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  client_max_body_size 100m;
  proxy_buffering off;
  proxy_http_version 1.1;
  proxy_read_timeout 300s;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  ssl_certificate {folder}/certificate.pem;
  ssl_certificate_key {folder}/key.pem;
  server {{ listen 127.0.0.1:{strips}; location {prefix}/ {{ proxy_pass {server}/; }} }}
  server {{ listen 127.0.0.1:{keeps}; location {prefix}/ {{ proxy_pass {server}; }} }}
  server {{ listen 127.0.0.1:{secure} ssl; location {prefix}/ {{ proxy_pass {server}/; }} }}
}}
"""
"""As operators write it: the host that was asked for, who asked, and how; nothing is taken out of what came."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """The three ports of a running nginx."""

    strips: int
    keeps: int
    secure: int


@contextmanager
def proxying(server: Server, folder: Path) -> Iterator[Proxy]:
    """Run nginx before a server. Raises CannotTry where there is none."""
    if not Path(PROGRAM).exists() or not shutil.which("openssl"):
        raise CannotTry("wants nginx and openssl")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    make += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(make, check=True, capture_output=True)
    proxy = Proxy(*free_ports(3))
    configuration = CONFIGURATION.format(
        folder=folder,
        server=server.address,
        prefix=server.setup.prefix,
        strips=proxy.strips,
        keeps=proxy.keeps,
        secure=proxy.secure,
    )
    (folder / "nginx.conf").write_text(configuration)
    process = subprocess.Popen([PROGRAM, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        if not wait_for(lambda: _listens(proxy.secure) or process.poll() is not None, 10) or process.poll() is not None:
            process.kill()
            raise CannotTry(f"nginx does not start: {process.communicate()[1].decode(errors='replace')[-200:]}")
        yield proxy
    finally:
        process.terminate()
        process.communicate(timeout=10)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses."""
    sockets = [socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _listens(port: int) -> bool:
    with suppress(OSError):
        connect(port).close()
        return True
    return False
