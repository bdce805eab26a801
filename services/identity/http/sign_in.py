"""The pages of signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from services.identity import passwords
from services.identity.domain import safe_next
from services.identity.errors import SignInExpiredError, TooManyTriesError
from services.identity.http import browser
from services.identity.signing_in import begin_password, finish_code, finish_password, sign_out
from shared.web import current_store
from shared.web.access import public

if TYPE_CHECKING:
    from flask import Response
    from werkzeug import Response as AnyResponse

bp = Blueprint("sign_in", __name__)

ANYONE = "whoever is not signed in yet must be able to sign in"
LONGEST_EMAIL = 254
NO_EMAIL = "Enter your work e-mail address"
NO_PASSWORD = "Enter your password"  # noqa: S105 - a sentence
WRONG = "Check your e-mail address and password"
NO_CODE = "Enter the 6-digit code from your authenticator app"
WRONG_CODE = "That code does not match. Wait for a new code, then enter it"
EXPIRED = "Signing in took too long. Enter your e-mail address and password again"


@bp.get("/sign-in")
@public(ANYONE)
def ask() -> Response:
    """Ask for e-mail address and password."""
    return _password_page({EXPIRED: "email"} if "expired" in request.args else {})


@bp.post("/sign-in")
@public(ANYONE)
def check() -> AnyResponse:
    """Check e-mail address and password, then ask for a code."""
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    faults = _faults(email, password)
    if faults:
        return _password_page(faults, 422)
    try:
        value = _half_way(email, password)
    except TooManyTriesError as error:
        return _told_to_wait(_password_page({_wait(error): "email"}, 429), error)
    if value is None:
        return _password_page({WRONG: "email"}, 422)
    response = redirect(url_for("sign_in.ask_code"), code=303)
    browser.keep_half_way(response, value)
    return response


def _half_way(email: str, password: str) -> str | None:
    """Judge the password outside any transaction: it takes long on purpose."""
    store = current_store()
    with store.begin() as tx:
        account = begin_password(email, browser.address(), tx)
    right = passwords.matches(account.password_hash if account else None, password)
    with store.begin() as tx:
        return finish_password(account, safe_next(request.form.get("next")), tx, right=right)


def _faults(email: str, password: str) -> dict[str, str]:
    faults = {} if 0 < len(email) <= LONGEST_EMAIL else {NO_EMAIL: "email"}
    return faults if password else {**faults, NO_PASSWORD: "password"}


@bp.get("/sign-in/code")
@public(ANYONE)
def ask_code() -> AnyResponse:
    """Ask for the code of the authenticator app."""
    if not browser.half_way_cookie():
        return _begin_again()
    return _code_page({})


@bp.post("/sign-in/code")
@public(ANYONE)
def check_code() -> AnyResponse:
    """Check the code, then lead to where the reader wanted to go."""
    code = request.form.get("code", "").strip()
    if not code:
        return _code_page({NO_CODE: "code"}, 422)
    try:
        with current_store().begin() as tx:
            done = finish_code(browser.half_way_cookie(), code, browser.address(), tx)
            if done is not None:
                sign_out(browser.sign_on_cookie(), "signed_in_again", tx)
    except TooManyTriesError as error:
        return _told_to_wait(_code_page({_wait(error): "code"}, 429), error)
    except SignInExpiredError:
        return _begin_again()
    if done is None:
        return _code_page({WRONG_CODE: "code"}, 422)
    response = redirect(done.onward, code=303)
    browser.keep_sign_on(response, done.cookie)
    return response


@bp.get("/sign-out")
@public("shows a button and nothing else")
def ask_sign_out() -> str:
    """Show the button that signs out."""
    return render_template("identity/sign_out.html", done=False)


@bp.post("/sign-out")
@public("ends only what this browser holds")
def end() -> Response:
    """End the sign-on of this browser in every service."""
    with current_store().begin() as tx:
        sign_out(browser.sign_on_cookie(), "signed_out", tx)
    response = make_response(render_template("identity/sign_out.html", done=True))
    browser.forget_sign_on(response)
    return response


def _password_page(faults: dict[str, str], status: int = 200) -> Response:
    onward = safe_next(request.values.get("next"))
    email = request.form.get("email", "")
    html = render_template("identity/sign_in.html", faults=faults, email=email, onward=onward)
    return make_response(html, status)


def _code_page(faults: dict[str, str], status: int = 200) -> Response:
    return make_response(render_template("identity/code.html", faults=faults), status)


def _begin_again() -> AnyResponse:
    return redirect(url_for("sign_in.ask", expired=1), code=303)


def _wait(error: TooManyTriesError) -> str:
    return f"There were too many tries. Wait {browser.in_words(error.wait)}, then try again"


def _told_to_wait(response: Response, error: TooManyTriesError) -> Response:
    response.headers.update(browser.retry_after(error.wait))
    return response
