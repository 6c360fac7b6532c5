"""``footnote serve``: the page for the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rag.settings import read_settings
from ui.cli.opening import open_index
from ui.cli.options import index_option


@click.command()
@index_option
@click.option("--host", help="Address to serve on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to serve on (7860).")
@click.option("--open/--no-open", "open_browser", default=None, help="Open the browser where there is one.")
@click.option(
    "--auth",
    multiple=True,
    metavar="USER:PASSWORD",
    help="Ask for a name and a password (repeatable). Others can see command lines: rather set FOOTNOTE_AUTH.",
)
@click.option("--max-upload", "max_upload_mb", type=float, metavar="MB", help="Largest file that is accepted (20).")
@click.option("--concurrency", type=int, metavar="N", help="How many questions are answered at once (4).")
@click.option("--share-library", is_flag=True, default=None, help="All share what is added; else each has their own.")
@click.option("--web-pages", is_flag=True, default=None, help="Fetch web pages for those who use the page.")
@click.option("--evaluation", is_flag=True, default=None, help="All may run question sets on the page.")
@click.option("--root-path", metavar="PATH", help="Where a proxy shows the page: /docs, or the whole address.")
@click.option("--trust-host", multiple=True, metavar="NAME", help="A host name that a proxy asks for (repeatable).")
@click.option(
    "--allow-origin",
    multiple=True,
    metavar="ORIGIN",
    help="Another site whose pages may ask here, like https://intranet.example (repeatable).",
)
def serve(
    index: Path | None,
    open_browser: bool | None,
    auth: tuple[str, ...],
    trust_host: tuple[str, ...],
    allow_origin: tuple[str, ...],
    **given: Any,
) -> None:
    """Serve the page for the browser."""
    from ui.web.server import run_server

    if not all(map(str.strip, auth)):  # an unset variable of the shell must not open the page to everybody
        raise click.UsageError("--auth: write USER:PASSWORD")
    lists = {
        "auth": " ".join(auth) or None,
        "trusted_hosts": ",".join(trust_host) or None,
        "allow_origins": ",".join(allow_origin) or None,
    }
    settings = read_settings(index=index, **lists, **given)
    click.echo(f"index: {settings.location}", err=True)
    click.echo("loading the model …", err=True)
    opened = open_index(settings)
    run_server(settings, opened, open_browser=open_browser)
