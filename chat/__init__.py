"""Chat: what a channel's room holds, who may say what in it, and who answers for that."""
