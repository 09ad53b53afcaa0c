"""Parcel tracking: an API for shops, and a worker that takes carriers' scans from a queue."""

__version__ = "2.4.1"
