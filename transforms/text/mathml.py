"""Writes MathML formulas as one line of text: "E=mc²", "a/b"."""

_MIDDLES = {"mfrac": "/"}  # between the first and the second child
_BEFORE = {"msqrt": "√"}
_DEEPEST = 100  # nested elements; more is an attack
_RAISING = frozenset(("msup",))


class Formula:
    """The open elements of a formula. True while one is being read."""

    def __init__(self) -> None:
        self.is_raised = False  # whether the next text is an exponent
        self._open: list[tuple[str, int]] = []  # names, each with the number of its children so far

    def __bool__(self) -> bool:
        return bool(self._open)

    def start(self, tag: str) -> str:
        """Start an element; return the text between it and the one before it."""
        between = ""
        if self._open:
            parent, children = self._open[-1]
            self._open[-1] = (parent, children + 1)
            # The second child: MathML's fraction and power have exactly two.
            if children == 1:
                between = _MIDDLES.get(parent, "")
                self.is_raised = parent in _RAISING
        if len(self._open) < _DEEPEST:
            self._open.append((tag, 0))
        return between + _BEFORE.get(tag, "")

    def end(self, tag: str) -> None:
        """End the element `tag`, and those left open within it."""
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]
