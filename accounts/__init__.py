"""Who somebody is, and what they may do: people, wallets, sessions, API keys, roles, and the audit log."""
