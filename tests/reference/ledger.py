"""The log folded into facts: corrections first, then credits, then one fact per event, line and credited person.

Input is the exported log: one dict per event in the JSON form of the Event message. Nothing here is incremental or fast;
it is meant to be read beside the rules.
"""
import collections
import datetime
import zoneinfo
from fractions import Fraction

from products import Products
from values import DAY_END, DAY_MIN, PPM, allocate, day, half_even

BODIES = ("contact", "quote", "close", "payout", "define", "target", "plan", "approve", "correct", "note")
DEFINES = ("person", "unit", "product", "customer", "stages", "calendar", "fxRate", "accessRole", "tierRule",
           "scorecard", "settings", "productLine")
DEFINE_ID = {"person": "person", "unit": "unit", "product": "product", "customer": "customer", "productLine": "line"}

# One event after corrections.
Effective = collections.namedtuple("Effective", "seq day kind body")

# Counts belong to an event and amounts to its lines, so there are three sorts of facts:
#     a line's number    amounts of the line, which is `sold` as one (product, amount)
#     WHOLE              counts, for questions that do not ask for products
#     BY_LINES           counts, for questions that do: by any line of `sold`, unless they ask for one of `left` as well
WHOLE, BY_LINES = "WHOLE", "BY_LINES"
# One fact. `person` is None when nobody is credited; `credit` is DIRECT or OVERLAY.
Fact = collections.namedtuple("Fact", "seq day deal customer person credit share_ppm line sold left values")


def kind_of(event):
    for name in BODIES:
        if name in event:
            return name
    raise ValueError("event without a body: %r" % (event,))


def lines_of(body):
    """[(product, quantity, amount, margin, amount with a known cost)] of a quote or close."""
    result = []
    for line in body.get("lines", []):
        amount = int(line.get("amountMinor", 0))
        has_cost = "costMinor" in line
        margin = amount - int(line["costMinor"]) if has_cost else 0
        result.append((line.get("product"), int(line.get("quantity", 1000)), amount, margin, amount if has_cost else 0))
    return result


def credits_of(body):
    """[(person, kind, share)]"""
    return [(c.get("person"), c.get("kind", "DIRECT"), int(c.get("sharePpm", 0))) for c in body.get("credits", [])]


class Ledger:
    """The whole history, folded once."""

    def __init__(self, events, timezone="UTC"):
        self.zone = zoneinfo.ZoneInfo(timezone)
        self.events = sorted(events, key=lambda e: int(e["seq"]))
        self.effective = self._effective()
        self.known = {}  # answers of record, chain and managers, by day
        self.master = self._master()
        self.fiscal_start = self._fiscal_start()
        self.holidays = self._holidays()
        self.taken_back = {}  # (seq, line of a CANCELLED or RETURNED): the amount of the line that it takes back
        self.facts = self._facts()

    # -- corrections ------------------------------------------------------------------------------------------------

    def _day_of(self, event):
        if event.get("effectiveDate"):
            return day(event["effectiveDate"])
        moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        moment += datetime.timedelta(microseconds=int(event["recordedUs"]))
        return day(moment.astimezone(self.zone).date().isoformat())

    def _effective(self):
        corrections = {}
        for event in self.events:
            if kind_of(event) == "correct":
                corrections[int(event["correct"]["refSeq"])] = event["correct"]
        result = []
        for event in self.events:
            kind = kind_of(event)
            if kind == "correct":
                continue
            seq, at, body = int(event["seq"]), self._day_of(event), event[kind]
            correction = corrections.get(seq)
            if correction is not None:
                if correction.get("void"):
                    continue
                replacement = correction["replacement"]
                kind = kind_of(replacement)
                body = replacement[kind]
                if replacement.get("effectiveDate"):
                    at = day(replacement["effectiveDate"])
            result.append(Effective(seq, at, kind, body))
        return result

    # -- master data ------------------------------------------------------------------------------------------------

    def _master(self):
        master = {name: collections.defaultdict(list) for name in DEFINE_ID}
        for event in self.effective:
            if event.kind != "define":
                continue
            start = day(event.body["validFrom"]) if event.body.get("validFrom") else DAY_MIN
            end = day(event.body["validTo"]) if event.body.get("validTo") else DAY_END
            for name, id_field in DEFINE_ID.items():
                if name in event.body:
                    record = event.body[name]
                    master[name][record[id_field]].append((start, event.seq, end, record))
        for table in master.values():
            for rows in table.values():
                rows.sort(key=lambda row: row[:2])
        return master

    def _fiscal_start(self):
        result = 1
        for event in self.effective:
            if event.kind == "define" and "calendar" in event.body:
                result = int(event.body["calendar"].get("fiscalStartMonth", 1)) or 1
        return result

    def _holidays(self):
        """The days without work of the last calendar."""
        result = frozenset()
        for event in self.effective:
            if event.kind == "define" and "calendar" in event.body:
                result = frozenset(day(text) for text in event.body["calendar"].get("holidays", []))
        return result

    def record(self, name, key, at):
        """The record that holds on a day: the latest start, then the latest seq, among those not ended."""
        if (name, key, at) not in self.known:
            found = {}
            for start, _, end, record in self.master[name].get(key, ()):
                if start <= at < end:
                    found = record
            self.known[name, key, at] = found
        return self.known[name, key, at]

    def breakpoints(self, name, span):
        """Days inside a period on which some record of a table begins or ends to hold; the period's first day too."""
        days = {span[0]}
        for rows in self.master[name].values():
            for start, _, end, _ in rows:
                days.update(d for d in (start, end) if span[0] <= d < span[1])
        return days

    def unit_of(self, person, at):
        return self.record("person", person, at).get("unit") or None

    def chain(self, unit, at):
        """The unit and the units above it on that day."""
        if ("chain", unit, at) not in self.known:
            seen, above = [], unit
            while above and above not in seen:
                seen.append(above)
                above = self.record("unit", above, at).get("parent") or None
            self.known["chain", unit, at] = seen
        return self.known["chain", unit, at]

    def in_subtree(self, person, unit, at):
        return person is not None and unit in self.chain(self.unit_of(person, at), at)

    def region_of(self, customer, at):
        return self.record("customer", customer, at).get("region") or None if customer else None

    def line_of(self, product, at):
        return self.record("product", product, at).get("line") or None if product else None

    def managers(self, at):
        """unit -> manager on that day."""
        if ("managers", at) not in self.known:
            found = {unit: self.record("unit", unit, at).get("manager") for unit in self.master["unit"]}
            self.known["managers", at] = {unit: manager for unit, manager in found.items() if manager}
        return self.known["managers", at]

    # -- facts ------------------------------------------------------------------------------------------------------

    def _facts(self):
        facts = []
        sales = [event for event in self.effective if event.kind in ("contact", "quote", "close")]
        first_days = {}
        for event in sales:
            deal = event.body.get("deal") or None
            first_days[deal] = min(event.day, first_days.get(deal, event.day))
        deals = {}
        for event in sales:
            body = event.body
            deal = body.get("deal") or None
            state = deals.setdefault(deal, Deal(first_days[deal])) if deal else Deal(event.day)
            state.see(event)
            customer = body.get("customer") or state.customer
            credits = self._credits(event, state, customer)
            self._take_back(event, state)
            for line, sold, left, values in _quantities(event, state):
                facts.extend(_share(event, deal, customer, credits, line, sold, left, values))
        return facts

    def _take_back(self, event, state):
        """The line of the deal's latest WON of the same product: that of the same amount, else the largest."""
        if event.kind != "close" or not event.body.get("deal"):
            return
        lines = lines_of(event.body)
        if event.body["kind"] == "WON":
            state.won = lines
        elif event.body["kind"] in ("CANCELLED", "RETURNED"):
            for i, line in enumerate(lines):
                amounts = [won[2] for won in state.won if won[0] == line[0]]
                if amounts:
                    self.taken_back[event.seq, i] = line[2] if line[2] in amounts else max(amounts)

    def _credits(self, event, state, customer):
        if event.kind == "contact" and event.body.get("person"):
            return [(event.body["person"], "DIRECT", PPM)]
        given = credits_of(event.body)
        if given:
            return given
        if state.credits_before:
            return state.credits_before
        owner = self.record("customer", customer, event.day).get("owner") if customer else None
        return [(owner, "DIRECT", PPM)] if owner else []


BOOKED = (("booked.amount", 2), ("booked.units", 1), ("booked.margin", 3), ("booked.costed", 4))


def _quantities(event, state):
    """(line, sold, left, {measure: value}) before sharing."""
    body = event.body
    if event.kind == "contact":
        counts = {"contact.count": 1, "contact.count:" + body.get("kind", "KIND_UNSPECIFIED"): 1}
        return [(WHOLE, (), (), counts), (BY_LINES, ((None, 0),), (), counts)]
    lines = lines_of(body) or [(None, 0, 0, 0, 0)]
    sold = tuple((line[0], line[2]) for line in lines)
    if event.kind == "quote":
        names, counts = (("quote.amount", 2, 1),), {"quote.count": 1}
        by_lines = sold, (), counts
    else:
        names = _close_amounts(body["kind"])
        counts, by_lines = _close_counts(event, state, sold)
    result = []
    for i, line in enumerate(lines):
        values = {name: sign * line[column] for name, column, sign in names}
        result.append((i, ((line[0], line[2]),), (), values))
    return result + [(WHOLE, (), (), counts), (BY_LINES, *by_lines)]


def _close_amounts(kind):
    booked = {"WON": 1, "AMENDED": 1, "CANCELLED": -1, "RETURNED": -1}.get(kind)
    names = [(name, column, booked) for name, column in BOOKED] if booked else []
    if kind in ("RETURNED", "DELIVERED", "INVOICED", "COLLECTED"):
        names.append((kind.lower() + ".amount", 2, 1))
    return names


def _close_counts(event, state, sold):
    """What the close counts, and (sold, left, counts) of what it counts by its lines."""
    kind, products = event.body["kind"], state.products
    total = sum(amount for _, amount in sold)
    counts = {}
    if kind == "WON":
        state.booked += total
        products.win(sold)
        counts = {"booked.count": 1, "won.count": 1, "cycle.won": event.day - state.first_day}
    elif kind == "LOST":
        counts = {"lost.count": 1, "cycle.lost": event.day - state.first_day}
    elif kind == "AMENDED":
        state.booked += total
        products.add(sold)
    elif kind in ("CANCELLED", "RETURNED"):
        state.booked -= total
        ended = products.take(sold, state.booked == 0)
        lost = tuple(line for line in products.won if line[0] in ended)
        left = tuple(line for line in products.won if line[0] in products.counted)
        return {"booked.count": -1} if state.booked == 0 else {}, (lost, left, {"booked.count": -1})
    return counts, (sold, (), counts)


class Deal:
    """What one deal's earlier events say to a later one."""

    def __init__(self, first_day):
        self.first_day = first_day  # of all its events, whenever they were recorded
        self.credits = []
        self.credits_before = []
        self.customer = None
        self.booked = 0
        self.products = Products()
        self.won = []

    def see(self, event):
        self.credits_before = self.credits
        self.credits = credits_of(event.body) or self.credits
        self.customer = event.body.get("customer") or self.customer


def _share(event, deal, customer, credits, line, sold, left, values):
    """One fact per credit: lines by the largest remainder, counts times the share."""
    is_count = line in (WHOLE, BY_LINES)
    direct = [c for c in credits if c[1] == "DIRECT"]
    weights = [share for _, _, share in direct]
    parts = {name: allocate(value, weights) if direct and not is_count else None for name, value in values.items()}
    result = []
    position = 0
    for person, kind, share in credits:
        mine = {}
        for name, value in values.items():
            if is_count:
                mine[name] = value * share
            elif kind == "DIRECT":
                mine[name] = parts[name][position]
            else:
                mine[name] = half_even(Fraction(value * share, PPM))
        position += kind == "DIRECT"
        result.append(Fact(event.seq, event.day, deal, customer, person, kind, share, line, sold, left, mine))
    if not direct:
        mine = {name: value * (PPM if is_count else 1) for name, value in values.items()}
        result.append(Fact(event.seq, event.day, deal, customer, None, "DIRECT", PPM, line, sold, left, mine))
    return result
