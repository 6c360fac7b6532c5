"""Who answers: by quoting, by a chat model's writing, or not at all."""
