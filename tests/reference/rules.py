"""The rules a deal's history must obey, folded from the start each time: small enough to be believed."""
from ledger import kind_of, lines_of
from products import Products

OPEN, WON, LOST, CANCELLED = "OPEN", "WON", "LOST", "CANCELLED"


class Refusal(Exception):
    """The name of the refusal is the text."""


class State:
    """A deal between two closes."""

    def __init__(self):
        self.phase = OPEN
        self.booked = 0
        self.products = Products()

    def step(self, close):
        """Moves over a close; raises Refusal."""
        kind = close["kind"]
        lines = [(line[0], line[2]) for line in lines_of(close)]
        total = sum(amount for _, amount in lines)
        if kind in ("WON", "LOST"):
            if self.phase in (WON, LOST) or (kind == "LOST" and self.phase == CANCELLED):
                raise Refusal("DEAL_STATE")
            self.phase = kind
            if kind == "WON":
                self.booked += total
                self.products.win(lines)
            return
        if self.phase != WON:
            raise Refusal("DEAL_STATE")
        if kind == "AMENDED":
            if self.booked + total < 0:
                raise Refusal("BEYOND_BOOKED")
            self.booked += total
            self.products.add(lines)
        elif kind in ("CANCELLED", "RETURNED"):
            if total > self.booked or self.products.is_beyond(lines):
                raise Refusal("BEYOND_BOOKED")
            self.booked -= total
            self.phase = CANCELLED if self.booked == 0 else WON
            self.products.take(lines, self.booked == 0)


class Deals:
    """Every accepted close by seq, with corrections; answers whether one more event would be accepted."""

    def __init__(self):
        self.closes = {}  # seq -> close body, voided ones left out
        self.events = {}  # seq -> kind of every event

    def fold(self, deal, closes):
        state = State()
        for seq in sorted(closes):
            if closes[seq].get("deal") == deal:
                state.step(closes[seq])
        return state

    def state(self, deal):
        return self.fold(deal, self.closes)

    def _corrected(self, correct):
        seq = int(correct["refSeq"])
        closes = dict(self.closes)
        closes.pop(seq, None)
        replacement = correct.get("replacement", {})
        if "close" in replacement:
            closes[seq] = replacement["close"]
        return closes

    def refusal(self, event):
        """'' or the name of the refusal that the deal rules demand."""
        try:
            if "close" in event:
                self.state(event["close"]["deal"]).step(event["close"])
            elif "correct" in event:
                seq = int(event["correct"]["refSeq"])
                if seq not in self.events:
                    return "NOT_FOUND"
                if self.events[seq] in ("correct", "approve"):
                    return "NOT_CORRECTABLE"
                closes = self._corrected(event["correct"])
                touched = {c.get("deal") for s, c in list(closes.items()) + list(self.closes.items()) if s == seq}
                for deal in touched:
                    self.fold(deal, closes)
        except Refusal as refusal:
            return "NOT_CORRECTABLE" if "correct" in event else str(refusal)
        return ""

    def accept(self, seq, event):
        self.events[seq] = kind_of(event)
        if "close" in event:
            self.closes[seq] = event["close"]
        elif "correct" in event:
            self.closes = self._corrected(event["correct"])
