"""Open Referral UK (HSDS-UK 3.0): what it asks of a record, and our guide in its words."""
