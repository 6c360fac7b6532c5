"""What stands between the network and the page: who may speak to it, how much, how often, and what comes back."""
