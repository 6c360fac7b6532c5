"""What people see of answers, documents and libraries, as text and as HTML."""
