"""How a request finds a service that can help. Pure: no clock, no database, no broker."""
