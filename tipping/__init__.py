"""Tips on an EVM chain: the contract, the ledger of what the chain says, the watcher that asks it, and who is told."""
