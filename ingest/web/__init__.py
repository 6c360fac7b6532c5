"""Web pages: which addresses may be asked, fetching one within limits, and what kind of document came back."""
