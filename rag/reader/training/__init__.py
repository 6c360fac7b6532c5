"""How the models of ``rag.reader`` are made. Not in the wheel, and nothing at run time imports it."""
