"""Payouts: merchants ask for a transfer, a worker hands it to the bank, the bank's webhook tells how it ended."""

__version__ = "1.9.0"
