"""A clock that only sleeping moves."""


class Pauses:
    """A clock that only sleeping moves; ``slept`` are the pauses in seconds, in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now
