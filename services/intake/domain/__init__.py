"""What intake knows to be true, without a clock, a database or a wire.

One idea per module: the submission, consent, contact safety, dates, references, the gate, stages.
"""
