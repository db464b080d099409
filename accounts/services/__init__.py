"""What can be done with accounts. Each service owns its transactions; none knows HTTP."""
