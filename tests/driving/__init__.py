"""Drivers: a running hub, a partner's system, mailboxes, browsers - as people would use them."""
