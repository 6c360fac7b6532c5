"""The ``footnote`` command. Results go to stdout, progress and messages to stderr; 0 done, 1 failed, 2 usage."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

import click

from rag.encoder.allocator import use_few_arenas
from rag.errors import FootnoteError, QuestionSetError, UsageError
from rag.masking import mask_addresses
from ui.cli.ask import ask
from ui.cli.chat import chat
from ui.cli.compare import compare
from ui.cli.doctor import doctor
from ui.cli.documents import documents
from ui.cli.evaluate import evaluate
from ui.cli.ingest import ingest
from ui.cli.model import model
from ui.cli.questions import questions
from ui.cli.remove import remove
from ui.cli.repair import repair
from ui.cli.search import search
from ui.cli.serve import serve
from ui.cli.settings import show_settings
from ui.cli.show import show
from ui.cli.verify import verify

NEW_OBJECTS = 100_000
"""How many are made before the garbage collector looks through them. Starting makes far more, and nearly all of them
stay: at Python's 700, an eighth of the start goes into looking."""

PROXY_VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False, invoke_without_command=True
)
@click.version_option(package_name="footnote", prog_name="footnote")
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Ask your documents; every sentence of an answer is proven by a footnote to the exact words.

    Exit status: 0 done (a reply that the documents do not say is done), 1 failed, 2 wrong usage or unreadable input.
    """
    context.obj = debug
    check_proxies(os.environ)
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        context.exit(2)


VERBS = (
    ingest,
    documents,
    show,
    remove,
    search,
    ask,
    chat,
    serve,
    verify,
    evaluate,
    compare,
    questions,
    model,
    doctor,
    repair,
    show_settings,
)
for verb in VERBS:
    cli.add_command(verb)


def check_proxies(environment: Mapping[str, str]) -> None:
    """See whether the proxies of an environment can be used at all: httpx stumbles over a wrong one.

    Raises:
        UsageError: one of them is no address of a proxy; the message names the variable.
    """
    for name in (*PROXY_VARIABLES, *map(str.lower, PROXY_VARIABLES)):
        value = environment.get(name, "").strip()
        address = value if "://" in value else f"http://{value}"
        try:
            parts = urlsplit(address)
            fits = (
                parts.scheme.lower() in PROXY_SCHEMES
                and bool(parts.hostname)
                and len(address.split()) == 1
                and (parts.port or 1) > 0
            )
        except ValueError:
            fits = False
        if value and not fits:
            raise UsageError(
                f"{name}: '{mask_addresses(value)}' is no proxy; write it like http://host:port or socks5://host:port, "
                "or unset it"
            )


def main() -> None:
    """Run the command; what Footnote foresees ends in one line, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # an ASCII terminal, or half a surrogate pair, must not end in a traceback
            stream.reconfigure(errors="replace")
    gc.set_threshold(NEW_OBJECTS)
    use_few_arenas()
    debug = "--debug" in sys.argv[1:2]
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FootnoteError as error:
        if debug:
            raise
        from ui.render.terminal import show_line

        told = f"footnote: {error}"
        click.echo(told if isinstance(error, QuestionSetError) else show_line(told), err=True)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("footnote: stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left; nothing is wrong
        sys.exit(0)
