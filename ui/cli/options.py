"""Options that mean the same for every verb that has them."""

from __future__ import annotations

from pathlib import Path

import click

index_option = click.option("--index", type=click.Path(path_type=Path), help="Folder of the index.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
documents_option = click.option("--document", "documents", multiple=True, metavar="ID", help="Ask only this document.")
