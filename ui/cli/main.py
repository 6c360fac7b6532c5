"""The ``footnote`` command. Results go to stdout, progress and messages to stderr; 0 done, 1 failed, 2 usage."""

from __future__ import annotations

import gc
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr

from rag.errors import FootnoteError, UsageError
from rag.masking import mask_addresses
from rag.settings import Settings, read_settings
from rag.types import Answer, Question
from ui.cli.doctor import doctor, repair
from ui.cli.evaluate import compare, evaluate
from ui.cli.opening import build_chain_for, open_for_reading, open_index, progress_bars
from ui.cli.options import describe_document, index_option, json_option, to_json
from ui.cli.proxies import check_proxies
from ui.cli.questions import questions

NEW_OBJECTS = 100_000
"""How many are made before the garbage collector looks through them. Starting makes far more, and nearly all of them
stay: at Python's 700, an eighth of the start goes into looking."""

documents_option = click.option("--document", "documents", multiple=True, metavar="ID", help="Ask only this document.")


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


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path())  # as texts: an empty Path would be the current folder
@click.option("--rebuild", is_flag=True, help="Start the index afresh and read every known source again.")
@index_option
@json_option
def ingest(paths: tuple[str, ...], rebuild: bool, index: Path | None, as_json: bool) -> None:
    """Bring files, and folders of files, into the index."""
    from ingest.loaders import KINDS
    from ingest.pipeline import ingest_paths
    from ingest.report import sum_up
    from rag.index.embeddings import build_embeddings
    from ui.render.terminal import render_report, render_totals

    if not paths and not rebuild:
        raise click.UsageError("name at least one file or folder")
    settings = read_settings(index=index)
    started = time.perf_counter()
    with progress_bars() as on_progress:
        reports = ingest_paths(
            paths,
            directory=settings.location,
            embeddings=build_embeddings(settings),
            settings=settings,
            on_progress=on_progress,
            on_wait=lambda: click.echo("another process is writing this index; waiting for it …", err=True),
            rebuild=rebuild,
        )
    for report in reports:
        click.echo(to_json(asdict(report)) if as_json else render_report(report))
    failed = [report for report in reports if report.status == "failed"]
    if not any(report.document or report.status != "skipped" for report in reports):
        raise FootnoteError(f"no readable file among what was named; Footnote reads {', '.join(sorted(KINDS))}")
    click.echo(render_totals(sum_up(reports), time.perf_counter() - started), err=True)
    if failed:
        raise FootnoteError(f"{len(failed)} of {len(reports)} sources failed; the others are in the index")


@cli.command()
@index_option
@json_option
def documents(index: Path | None, as_json: bool) -> None:
    """List the documents of the index."""
    from ui.render.terminal import render_documents

    records = open_for_reading(read_settings(index=index)).documents()
    if as_json:
        for record in records:
            click.echo(to_json(describe_document(record)))
    elif records:
        click.echo(render_documents(records))


@cli.command()
@click.argument("document")
@index_option
def show(document: str, index: Path | None) -> None:
    """Print a document's cleaned text, exactly; all offsets refer to it."""
    sys.stdout.write(open_for_reading(read_settings(index=index)).document(document).text)


@cli.command()
@click.argument("document")
@index_option
@json_option
def remove(document: str, index: Path | None, as_json: bool) -> None:
    """Take a document out of the index."""
    from ingest.pipeline import remove_document
    from rag.index.embeddings import build_embeddings

    settings = read_settings(index=index)
    remove_document(document, directory=settings.location, embeddings=build_embeddings(settings), settings=settings)
    click.echo(to_json({"document": document, "status": "removed"}) if as_json else f"removed  {document}")


@cli.command()
@click.argument("question")
@click.option("-k", "count", type=click.IntRange(1, 100), help="How many passages.")
@documents_option
@index_option
@json_option
def search(question: str, count: int | None, documents: tuple[str, ...], index: Path | None, as_json: bool) -> None:
    """Show the passages that fit a question best."""
    from rag.question import read_question
    from rag.reader.reranking import build_ranker
    from rag.reader.span_reader import SpanReader
    from rag.retrieve.hybrid import find_passages
    from ui.render.terminal import render_passages

    settings = read_settings(index=index)
    text = read_question(question).text
    found = find_passages(text, [open_index(settings)], count=count or settings.passages, documents=documents)
    found = build_ranker(SpanReader())(text, found)
    if as_json:
        for scored in found:
            span = scored.passage.span
            place = {"document": span.document_id, "start": span.start, "end": span.end, "score": scored.score}
            click.echo(to_json(place | {"heading": scored.passage.heading, "text": scored.passage.text}))
    else:
        click.echo(render_passages(found))


@cli.command()
@click.argument("question")
@documents_option
@click.option("--explain", is_flag=True, help="Also show what was searched and how it scored.")
@index_option
@json_option
def ask(question: str, documents: tuple[str, ...], explain: bool, index: Path | None, as_json: bool) -> None:
    """Answer a question; ``-`` answers one question a line from standard input."""
    from ui.cli.question_lines import answer_lines
    from ui.render.terminal import render_answer

    settings = read_settings(index=index)
    if question != "-":
        from rag.question import read_question

        read_question(question)  # a question that cannot be asked should not wait for the models
    chain = build_chain_for(settings)

    def render(answer: Answer) -> str:
        return (
            to_json(answer.to_dict()) if as_json else render_answer(answer, explain=explain, bold=sys.stdout.isatty())
        )

    if question != "-":
        click.echo(render(chain.invoke(Question(question, documents=documents))))
        return
    bad = 0
    for outcome in answer_lines(sys.stdin.buffer, chain, documents):
        if isinstance(outcome, Answer):
            click.echo(render(outcome) if as_json else f"{render(outcome)}\n")
        else:
            bad += 1
            click.echo(
                to_json({"id": outcome.id, "error": outcome.reason}) if as_json else f"error: {outcome.reason}\n"
            )
        sys.stdout.flush()
    if bad:
        raise FootnoteError(f"{bad} lines could not be answered; each is marked in the output")


@cli.command()
@documents_option
@index_option
def chat(documents: tuple[str, ...], index: Path | None) -> None:
    """Talk in the terminal; an empty line or Ctrl-D ends it."""
    from ui.render.terminal import render_answer

    click.echo("loading the model …", err=True)
    chain = build_chain_for(read_settings(index=index))
    click.echo("Ask about your documents. An empty line ends the chat.", err=True)
    history: tuple[tuple[str, str], ...] = ()
    while True:
        try:
            text = click.prompt("\nYou", prompt_suffix=": ", default="", show_default=False, err=True)
        except click.Abort:
            break
        if not text.strip():
            break
        try:
            answer = chain.invoke(Question(text, history=history, documents=documents))
        except FootnoteError as error:
            click.echo(f"{error}", err=True)
            continue
        click.echo(f"\n{render_answer(answer, bold=sys.stdout.isatty())}")
        history = (*history, (text, answer.text))


@cli.command()
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
    from ui.web.server import serve as serve_page

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
    serve_page(settings, opened, open_browser=open_browser)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@index_option
@json_option
def verify(file: Path, index: Path | None, as_json: bool) -> None:
    """Check the citations of saved answers against the documents as they are now.

    FILE is a conversation that the page saved as JSON, or lines of `footnote ask --json`; `-` reads standard input.
    Each citation stands, has moved, is changed (the document is there, the quote is not) or gone (no such document);
    exit status 1 when one is changed or gone.
    """
    from ui.cli.verify import check_answers, load_answers, render_check, render_counts

    answers = load_answers(file)
    checks = []
    for check in check_answers(answers, open_for_reading(read_settings(index=index))):
        checks.append(check)
        click.echo(to_json(asdict(check)) if as_json else render_check(check))
    click.echo(render_counts(checks, len(answers)), err=True)
    if any(check.status in ("changed", "gone") for check in checks):
        click.get_current_context().exit(1)


for verb in (evaluate, compare, questions, doctor, repair):
    cli.add_command(verb)


@cli.command("settings")
@index_option
@json_option
def show_settings(index: Path | None, as_json: bool) -> None:
    """Show the effective settings and where each comes from."""
    settings = read_settings(index=index)
    for name, field in Settings.model_fields.items():
        variable = f"FOOTNOTE_{name.upper()}"
        value = getattr(settings, name)
        is_secret = isinstance(value, SecretStr)
        text = ("set, not shown" if value.get_secret_value() else "") if is_secret else mask_addresses(str(value))
        origin = "default"
        if name in settings.model_fields_set:
            origin = variable if os.environ.get(variable) and not (name == "index" and index) else "command line"
        if as_json:
            click.echo(to_json({"name": name, "value": text, "origin": origin, "description": field.description}))
        else:
            click.echo(f"{variable:26} {text or '(empty)':45} {origin:26} {field.description}")


def main() -> None:
    """Run the command; what Footnote foresees ends in one line, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # an ASCII terminal, or half a surrogate pair, must not end in a traceback
            stream.reconfigure(errors="replace")
    gc.set_threshold(NEW_OBJECTS)
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
        click.echo(f"footnote: {error}", err=True)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("footnote: stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left; nothing is wrong
        sys.exit(0)
