"""All that knows English: rules that propose. None of them sets an order or a confidence."""
