"""The served profile: a process for each duty, RabbitMQ and PostgreSQL between them."""

SERVICES = ("identity", "intake", "matching", "notify", "audit")
