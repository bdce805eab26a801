"""What a clock is about, in one sentence for each side of a referral, and what to do next."""

from __future__ import annotations

from services.notify.domain import Audience

_TO = {
    "K2": "You have not answered yet. Please say yes or no, or ask what you still need to know.",
    "K3": "Your question has no answer yet. Please ring the person, if that is safe.",
    "K4": "No first contact is written down yet. Please get in touch, or write down that you have.",
    "K5": "The wait is longer than you aim for. Please start, or say when you will.",
    "K6": "The longest wait is reached. Please review it: return it, end it, agree a later date, "
    "or extend it once with the referrer.",
    "K7": "The extension is over. Please start now, or review it: return it, end it, "
    "or agree a later date.",
    "K8": "It is time to check on the person who waits. Please do, where it is safe, "
    "and write it down.",
    "K10": "Nothing has happened for some time. Please write down how it stands.",
    "K11": "How it went is not written down yet. Please add an outcome for each need.",
    "T22": "The pause is over. Please go on with it, or say for how long it stays paused.",
    "K15": "Each entry of the referral guide must be looked at once a year. "
    "Please check these, and say that they are right.",
    "K16": "How many places are free is out of date here, so it is shown as not known. "
    "Please say how many there are now.",
}
_SOON = {
    "K15": "Please look at these entries of the referral guide soon, and say that they are right.",
    "K16": "How many places are free is soon out of date here. Please say how many there are now.",
    "K6": "The longest wait ends then. Please start before it does, or review it: return it, "
    "end it, agree a later date, or extend it once with the referrer.",
    "K7": "The extension ends then. Please start before it does, or review it: return it, end it, "
    "or agree a later date.",
    "K8": "Please check by then on the person who waits, where it is safe, and write it down.",
    "T22": "The pause ends then. Please go on with it, or say for how long it stays paused.",
}
_BY = {
    "K2": "The service has not answered yet.",
    "K4": "The service has not been in touch with the person yet, as far as we know.",
    "K5": "The wait is longer than the service aims for. It is not supporting the person yet.",
    "K6": "The longest wait is over, and the service has not reviewed it with you. "
    "It is not supporting the person yet.",
    "K7": "The extension of the wait is over. The service is not supporting the person yet.",
    "K8": "The service has not checked on the person who waits, as far as we know.",
    "K10": "We have not heard from the service for some time.",
    "K11": "The service has not written down how it went.",
    "T22": "The service paused it, and has not said how it goes on.",
    "T25": "You asked the service to stop, and it has not answered.",
    "T26": "The service was told to stop, and has not confirmed that it has.",
}
_OTHERWISE = {
    Audience.RECEIVER: "Something about it is late. Please look at it.",
    Audience.REFERRER: "Something about it is late.",
}


def about(clock: str, audience: Audience, *, soon: bool = False) -> str:
    """Return what is late, or due *soon*, and what the reader may do."""
    if soon and clock in _SOON:
        return _SOON[clock]
    known = _TO if audience is Audience.RECEIVER else _BY
    return known.get(clock, _OTHERWISE.get(audience, ""))
