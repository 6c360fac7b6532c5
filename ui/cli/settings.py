"""``footnote settings``: what is set, and by what."""

from __future__ import annotations

import os
from pathlib import Path

import click
from pydantic import SecretStr

from rag.masking import mask_addresses
from rag.settings import Settings, read_settings
from ui.cli.options import index_option, json_option
from ui.render.json_lines import to_json


@click.command("settings")
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
