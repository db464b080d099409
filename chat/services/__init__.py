"""What can be done in a room; each service owns its transactions and publishes what became of them."""
