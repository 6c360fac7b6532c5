"""``python -m ui`` is the same as the ``footnote`` command."""

from ui.cli.main import main

if __name__ == "__main__":
    main()
