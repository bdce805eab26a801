"""The floor: a bare Flask view that validates the same body, inserts two rows and commits.

Same server (waitress, 16 threads), same database (SQLite, WAL, synchronous FULL), the driver
used directly. No consent, no encryption, no log, nobody told: only what no service could avoid.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from flask import Flask, request
from marshmallow import Schema, fields, validate
from waitress import serve

from shared.ids import new_id


class PersonSchema(Schema):
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    date_of_birth = fields.Date(required=True)
    address = fields.Dict()
    no_fixed_abode = fields.Boolean()


class StorySchema(Schema):
    person = fields.Nested(PersonSchema, required=True)
    contact = fields.Dict(required=True)
    needs = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    threshold = fields.Integer()
    urgency = fields.String()
    story = fields.String(validate=validate.Length(max=4000))
    source = fields.String()
    relationship = fields.String()
    consent = fields.Dict(required=True)
    referrals = fields.List(fields.Dict())


SCHEMA = StorySchema()


def make_app(file: Path) -> Flask:
    app = Flask("floor")
    lock, held = threading.Lock(), threading.local()
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE request (id TEXT PRIMARY KEY, needs TEXT, story TEXT)")
        db.execute("CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT, born TEXT)")

    def connection() -> sqlite3.Connection:
        if not hasattr(held, "db"):
            held.db = sqlite3.connect(file, isolation_level=None)
            held.db.execute("PRAGMA synchronous=FULL")
        db: sqlite3.Connection = held.db
        return db

    @app.post("/api/v1/requests")
    def submit() -> tuple[dict[str, Any], int]:
        story = SCHEMA.load(request.get_json())
        request_id, person = str(new_id()), story["person"]
        with lock:
            db = connection()
            db.execute("BEGIN IMMEDIATE")
            row = (request_id, ",".join(story["needs"]), story["story"])
            db.execute("INSERT INTO request VALUES (?, ?, ?)", row)
            born = person["date_of_birth"].isoformat()
            db.execute(
                "INSERT INTO person VALUES (?, ?, ?)", (request_id, person["family_name"], born)
            )
            db.execute("COMMIT")
        return {"id": request_id}, 201

    @app.get("/readyz")
    def readyz() -> dict[str, str]:
        return {"status": "ready"}

    return app


if __name__ == "__main__":
    serve(make_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), threads=16)
