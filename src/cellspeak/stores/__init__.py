"""Stores: what keeps logs, records, leases, inboxes and blobs.  `base` is the Protocol."""
