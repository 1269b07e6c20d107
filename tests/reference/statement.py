"""Statements: what a person has earned per plan, component and window, and each fact's part of it.

    filter -> scope -> window -> base and index -> gate -> curve -> factors -> limit -> round
"""
import collections
from fractions import Fraction

import targets
from ledger import BY_LINES, WHOLE
from values import ALL, DAY_END, DAY_MIN, PPM, day, half_even, half_up, period_name, window_of

MEASURE_OF = {
    ("BOOKED", "AMOUNT"): "booked.amount", ("BOOKED", "MARGIN"): "booked.margin", ("BOOKED", "UNITS"): "booked.units",
    ("BOOKED", "COUNT"): "booked.count", ("INVOICED", "AMOUNT"): "invoiced.amount",
    ("COLLECTED", "AMOUNT"): "collected.amount", ("DELIVERED", "AMOUNT"): "delivered.amount",
    ("RETURNED", "AMOUNT"): "returned.amount", ("QUOTED", "AMOUNT"): "quote.amount", ("QUOTED", "COUNT"): "quote.count",
    ("CONTACTED", "COUNT"): "contact.count", ("LOST", "COUNT"): "lost.count",
}

# The base of one whole unit, for amounts per unit.
UNIT_OF = {"UNITS": 1000, "COUNT": PPM}

Part = collections.namedtuple("Part", "seq day deal person base base_after earned")
Line = collections.namedtuple("Line", "plan version component window base index earned parts")


def number(record, field, default=0):
    return int(record.get(field, default))


def base_measure(component):
    rule = component.get("filter", {})
    return MEASURE_OF[rule.get("stream", "BOOKED"), rule.get("quantity", "AMOUNT")]


# -- the curve, exact ------------------------------------------------------------------------------------------------


def curve_row(curve, index):
    """The row that applies at an index: on a bound the upper one (GE) or the lower one (GT)."""
    found = curve["rows"][0]
    for row in curve["rows"][1:]:
        start = number(row, "from")
        if index > start or (index == start and curve.get("edge", "GE") == "GE"):
            found = row
    return found


def interpolate(curve, index):
    points = [(number(r, "from"), number(r, "y")) for r in curve["rows"]]
    if index <= points[0][0]:
        return Fraction(points[0][1])
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if index <= x1:
            return y0 + Fraction(y1 - y0, x1 - x0) * (index - x0)
    return Fraction(points[-1][1])


def marginal(curve, amount, bound_scale):
    """The integral of the rows' y from 0 to `amount`; a bound lies at from * bound_scale."""
    bounds = [number(r, "from") * bound_scale for r in curve["rows"]]
    total = Fraction(0)
    low, high = min(Fraction(0), amount), max(Fraction(0), amount)
    for i, row in enumerate(curve["rows"]):
        start = bounds[i] if i else low
        end = bounds[i + 1] if i + 1 < len(bounds) else high
        inside = min(high, end) - max(low, start)
        if inside > 0:
            total += number(row, "y") * inside
    return total if amount >= 0 else -total


class Curve:
    """E(base, index) of one component. `target` and `pay` are of the window; `fixed_index` is an index from elsewhere."""

    def __init__(self, component, target=None, pay=0, fixed_index=None):
        self.unit = UNIT_OF.get(component.get("filter", {}).get("quantity", "AMOUNT"), 1)
        self.curve = component["curve"]
        self.mode = self.curve.get("mode", "MARGINAL")
        self.value = self.curve.get("value", "RATE")
        self.kind = component.get("index", {}).get("kind", "BASE")
        self.target, self.pay, self.fixed_index = target, pay, fixed_index

    def index(self, base):
        """The index in its own unit (ppm for an attainment), None when undefined."""
        if self.fixed_index is not None:
            return self.fixed_index if self.fixed_index != UNDEFINED else None
        if self.kind == "BASE":
            return Fraction(base)
        return Fraction(base * PPM, self.target) if self.target and self.target > 0 else None

    def y(self, base):
        index = self.index(base)
        if index is None:
            return None
        if self.mode == "LINEAR":
            return interpolate(self.curve, index)
        return Fraction(number(curve_row(self.curve, index), "y"))

    def earned(self, base):
        if self.mode == "MARGINAL":
            return self._marginal(base)
        y = self.y(base)
        if y is None:
            return Fraction(0)
        if self.value == "RATE":
            return y * base / PPM
        if self.value == "PER_UNIT":
            return y * base / self.unit
        if self.value == "TARGET_PAY_SHARE":
            return y * self.pay / PPM
        return y

    def _marginal(self, base):
        index = self.index(base)
        if index is None:
            return Fraction(0)
        if self.value == "TARGET_PAY_SHARE":
            return marginal(self.curve, index, 1) / PPM * self.pay / PPM
        scale = Fraction(1)
        if self.fixed_index is not None:
            if index == 0:
                return number(curve_row(self.curve, index), "y") * Fraction(base) / {"RATE": PPM, "PER_UNIT": self.unit}[self.value]
            scale = Fraction(base) / index
        elif self.kind == "ATTAINMENT":
            scale = Fraction(self.target, PPM)
        total = marginal(self.curve, Fraction(base), scale)
        return total / {"RATE": PPM, "PER_UNIT": self.unit}[self.value]

    def is_rate_of_all(self):
        """One rate on the whole base, known only at the window's end."""
        return self.mode != "MARGINAL" and self.value in ("RATE", "PER_UNIT")


def evaluate(component, facts, rounding="HALF_EVEN", target=None, pay=0, fixed_index=None, factors=(), gate_open=True):
    """(base, index, earned, parts) of one window. `facts` are (key, deal, base) in the order (day, seq); parts are
    (key, base, base after, earned), where earned is None when a limit or the window's rounding has changed the sum."""
    to_minor = half_even if rounding == "HALF_EVEN" else half_up
    curve = Curve(component, target, pay, fixed_index)
    is_withheld = None in factors
    factor = Fraction(1)
    for value in factors:
        factor *= value or 0
    total_base = sum(base for _, _, base in facts)
    is_withheld = is_withheld or component.get("window", "DEAL") != "DEAL" and curve.index(total_base) is None
    if not gate_open or is_withheld:
        parts, upto = [], 0
        for key, _, base in facts:
            upto += base
            parts.append((key, base, upto, 0))
        return total_base, curve.index(total_base), 0, parts
    parts, per_deal, upto, before = [], collections.Counter(), 0, Fraction(0)
    exact_of = collections.defaultdict(Fraction)
    for key, deal, base in facts:
        upto += base
        if curve.is_rate_of_all():
            y = curve.y(total_base)
            exact = (y or 0) * base / (PPM if curve.value == "RATE" else curve.unit)
        else:
            after = curve.earned(upto)
            exact, before = after - before, after
        line = deal or ("no deal", key)
        exact_of[line] += exact
        rounded = to_minor(exact_of[line] * factor)
        parts.append((key, base, upto, rounded - per_deal[line]))
        per_deal[line] = rounded
    whole = to_minor(curve.earned(total_base) * factor)
    is_per_deal = component.get("roundAt", "DEAL_LINE") == "DEAL_LINE" and facts
    limit = component.get("limit", {})
    if limit and is_per_deal:
        per_deal = {deal: bounded(limit, "deal", earned, True) for deal, earned in per_deal.items()}
    plain = sum(per_deal.values()) if is_per_deal else whole
    is_deal = component.get("window", "DEAL") == "DEAL"
    total = bounded(limit, "window", plain, is_deal)
    if limit or not is_per_deal:
        parts = [part[:3] + (None,) for part in parts]
    return total_base, curve.index(total_base), total, parts


def bounded(limit, what, value, is_deal):
    """Within the limit of the deal or of the window. A deal's maximum also bounds what its reversal takes back; its minimum above
    0 is for deals that earn something. A deal window's are a deal's."""
    low, high = (int(limit[what + bound]) if what + bound in limit else None for bound in ("MinMinor", "MaxMinor"))
    if is_deal:
        if value == 0:
            return 0
        if high is not None:
            value = max(value, -abs(high))
        if low is not None and low > 0 and value <= 0:
            low = None
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


# -- plans over a ledger ---------------------------------------------------------------------------------------------


class Statements:
    def __init__(self, ledger, answers):
        self.ledger, self.answers = ledger, answers
        self.known = {}
        self.by_person = collections.defaultdict(list)
        for fact in ledger.facts:
            self.by_person[fact.person].append(fact)
        self.first_booking = {}
        for fact in ledger.facts:
            if fact.customer and "won.count" in fact.values:
                first = (fact.day, fact.seq, fact.deal)
                self.first_booking[fact.customer] = min(first, self.first_booking.get(fact.customer, first))
        self.plans = collections.defaultdict(list)
        for event in ledger.effective:
            if event.kind == "plan" and event.body.get("state", "DRAFT") == "PUBLISHED":
                start = day(event.body["validFrom"]) if event.body.get("validFrom") else DAY_MIN
                end = day(event.body["validTo"]) if event.body.get("validTo") else DAY_END
                self.plans[event.body["plan"]].append((number(event.body, "version"), event.seq, start, end, event.body))

    def version(self, plan, at):
        """The published version with the greatest number valid on a day (then the greatest seq)."""
        if (plan, at) not in self.known:
            valid = [row for row in self.plans[plan] if row[2] <= at < row[3]]
            self.known[plan, at] = max(valid, key=lambda row: row[:2])[4] if valid else None
        return self.known[plan, at]

    def _assigned(self, plan, person, at):
        key = (plan["plan"], plan.get("version"), person, at)
        if key not in self.known:
            self.known[key] = self.is_assigned(plan, person, at)
        return self.known[key]

    def is_assigned(self, plan, person, at):
        ledger = self.ledger
        record = ledger.record("person", person, at)
        for assignee in plan.get("assignees", []):
            kind, who = assignee.get("kind", "PERSON"), assignee.get("who")
            if (kind == "EVERYONE" or (kind == "PERSON" and who == person) or (kind == "ROLE" and record.get("role") == who)
                    or (kind == "UNIT" and ledger.in_subtree(person, who, at))
                    or (kind == "MANAGERS" and person in ledger.managers(at).values())):
                return True
        return False

    def statement(self, person, span, only=None):
        lines = []
        for plan_id in sorted(self.plans):
            if only is None or plan_id == only:
                lines += self._plan_lines(plan_id, person, span)
        return lines

    def _plan_lines(self, plan_id, person, span):
        """One line per stretch of days with one version, component and window with facts, if the window overlaps the period."""
        groups = collections.defaultdict(list)
        own = all(c.get("scope", {}).get("kind", "OWN") in ("OWN", "OWN_OVERLAY")
                  for row in self.plans[plan_id] for c in row[4]["components"])
        for fact in self.by_person[person] if own else self.ledger.facts:
            plan = self.version(plan_id, fact.day)
            if plan is None:
                continue
            stretch = self.stretch(plan_id, fact.day)
            if not self._assigned(plan, person, fact.day):
                continue
            for place, component in enumerate(plan["components"]):
                if base_measure(component) not in fact.values or not self._belongs(fact, component, person):
                    continue
                whole = self._window(component, fact.day)
                if whole is not None and self._is_of_age(fact, component, whole):
                    groups[stretch, place, whole].append(fact)
        lines = []
        for key in sorted(groups, key=lambda k: (k[0], k[1], k[2] or ())):
            stretch, place, whole = key
            plan = self.version(plan_id, stretch[0])
            work = Work(plan, plan["components"][place], place, whole or ALL, overlap(whole or ALL, stretch), stretch, person)
            facts = merged(groups[key], base_measure(work.component))
            if work.component.get("kind", "PAY") != "PAY" or not overlap(work.window, span) or not facts:
                continue
            if whole == DEAL_WINDOW:
                lines += self._deals_line(work, facts, span, groups, key)
            else:
                lines.append(self._line(work, facts, groups))
        return lines

    def stretch(self, plan_id, at):
        """The longest run of days around a day on which the same version holds."""
        bounds = sorted({DAY_MIN, DAY_END} | {edge for row in self.plans[plan_id] for edge in row[2:4]})
        segments = [(start, end, id(self.version(plan_id, start))) for start, end in zip(bounds, bounds[1:])]
        i = next(k for k, segment in enumerate(segments) if segment[0] <= at < segment[1])
        first = last = i
        while first > 0 and segments[first - 1][2] == segments[i][2]:
            first -= 1
        while last + 1 < len(segments) and segments[last + 1][2] == segments[i][2]:
            last += 1
        return segments[first][0], segments[last][1]

    def _window(self, component, at):
        kind = component.get("window", "DEAL")
        if kind == "DEAL":
            return DEAL_WINDOW
        if kind == "FIXED":
            start, end = day(component["windowFrom"]), day(component["windowTo"])
            return (start, end) if start <= at < end else None
        return window_of(kind, at, self.ledger.fiscal_start)

    def _belongs(self, fact, component, person):
        return self._in_filter(fact, component.get("filter", {})) and self._in_scope(fact, component.get("scope", {}), person)

    def _in_filter(self, fact, rule):
        ledger = self.ledger
        by_lines = any(rule.get(name) for name in ("products", "lines", "lineMinMinor", "lineMaxMinor"))
        if fact.line == (WHOLE if by_lines else BY_LINES):
            return False
        if rule.get("customers") and fact.customer not in rule["customers"]:
            return False
        if rule.get("regions") and ledger.region_of(fact.customer, fact.day) not in rule["regions"]:
            return False
        if rule.get("from") and fact.day < day(rule["from"]) or rule.get("to") and fact.day >= day(rule["to"]):
            return False
        if fact.line == WHOLE:
            return True
        sizes = [abs(amount) for _, amount in fact.sold]
        if rule.get("stream", "BOOKED") == "BOOKED" and fact.line != BY_LINES:
            sizes = [ledger.taken_back.get((fact.seq, fact.line), sizes[0])]
        sold = [(product, size) for (product, _), size in zip(fact.sold, sizes)]
        return any(self._asks_for(line, fact.day, rule) for line in sold) and not any(
            self._asks_for(line, fact.day, rule) for line in fact.left)

    def _asks_for(self, line, at, rule):
        product, size = line
        if rule.get("products") and product not in rule["products"]:
            return False
        if rule.get("lines") and self.ledger.line_of(product, at) not in rule["lines"]:
            return False
        return int(rule.get("lineMinMinor", size)) <= size <= int(rule.get("lineMaxMinor", size))

    def _is_of_age(self, fact, component, window):
        """New: the customer's first WON is this deal's (deal windows) or lies in the window. Existing: another deal's, not after
        the fact, or before the window. A customer that never booked is neither."""
        age = component.get("filter", {}).get("customerAge", "ANY")
        if age == "ANY":
            return True
        if fact.customer not in self.first_booking:
            return False
        first_day, _, first_deal = self.first_booking[fact.customer]
        if window == DEAL_WINDOW:
            return first_deal == fact.deal if age == "NEW" else first_deal != fact.deal and first_day <= fact.day
        return window[0] <= first_day < window[1] if age == "NEW" else first_day < window[0]

    def _in_scope(self, fact, scope, person):
        kind = scope.get("kind", "OWN")
        if kind == "OWN":
            return fact.person == person and fact.credit == "DIRECT"
        if kind == "OWN_OVERLAY":
            return fact.person == person and fact.credit == "OVERLAY"
        if fact.person is None or fact.credit != "DIRECT":
            return False
        chain = self.ledger.chain(self.ledger.unit_of(fact.person, fact.day), fact.day)
        depth = number(scope, "depth")
        managed = [i for i, unit in enumerate(chain) if self.ledger.managers(fact.day).get(unit) == person]
        return any(depth == 0 or i <= depth for i in managed)

    def _target(self, work, index):
        """The target of the whole window; a part of the window has what its days weigh."""
        measure = index.get("measure") or base_measure(work.component)
        stretches = self.answers.target({"person": work.person}, measure, work.whole, index.get("role", "QUOTA"))
        if not stretches:
            return None
        return targets.amount(stretches) if work.window == work.whole else half_even(targets.prorate(stretches, work.window))

    def _own_value(self, work, index):
        """The person's own value of a measure that the index names, None if it names none."""
        if not index.get("measure"):
            return None
        return self.answers.value(index["measure"], work.window, {"person": work.person})

    def _index_elsewhere(self, work):
        """(is there one, index): of a measure named explicitly, the same for all facts of the window."""
        index = work.component.get("index", {})
        value = self._own_value(work, index)
        if value is None:
            return None
        if index.get("kind", "BASE") == "BASE":
            return Fraction(value)
        target = self._target(work, index)
        return Fraction(value * PPM, target) if target and target > 0 else UNDEFINED

    def _gate_open(self, work, base):
        for row in work.component.get("gate", []):
            index = row.get("index", {})
            value = base
            if index.get("kind", "BASE") == "ATTAINMENT":
                actual = self._own_value(work, index)
                actual = base if actual is None else actual
                target = self._target(work, index)
                value = Fraction(actual * PPM, target) if target and target > 0 else None
            if value is None or value < number(row, "atLeast"):
                return False
        return True

    def _evaluate(self, work, facts, groups):
        factors = [self._factor(work, place, groups) for place, other in enumerate(work.plan["components"])
                   if other.get("kind") == "FACTOR" and work.component["component"] in other.get("factorOf", [])]
        return evaluate(work.component, [(f, f.deal, f.base) for f in facts], work.plan.get("rounding", "HALF_EVEN"),
                        target=self._target(work, work.component.get("index", {})), pay=self._pay(work),
                        fixed_index=self._index_elsewhere(work), factors=factors,
                        gate_open=self._gate_open(work, sum(f.base for f in facts)))

    def _line(self, work, facts, groups):
        base, index, earned, parts = self._evaluate(work, facts, groups)
        return self._made(work, work.window, base, index, earned, parts)

    def _deals_line(self, work, facts, span, groups, key):
        """One line for all deals whose first fact lies in the period, be it of nothing, each a window of its own with its whole
        history."""
        deals, first = collections.defaultdict(list), {}
        for fact in groups[key]:
            first[fact.deal] = min(fact.day, first.get(fact.deal, fact.day))
        for fact in facts:
            deals[fact.deal or ("none", fact.seq, fact.person)].append(fact)
        kept = {deal: rows for deal, rows in deals.items() if span[0] <= first.get(deal, rows[0].day) < span[1]}
        if not kept:
            return []
        results = [self._evaluate(work, rows, groups) for rows in kept.values()]
        base = sum(result[0] for result in results)
        parts = [part for result in results for part in result[3]]
        curve = Curve(work.component, self._target(work, work.component.get("index", {})), fixed_index=self._index_elsewhere(work))
        return [self._made(work, overlap(span, work.window), base, curve.index(base), sum(r[2] for r in results), parts)]

    def _made(self, work, window, base, index, earned, parts):
        parts = [Part(f.seq, f.day, f.deal, f.person, f.base, upto, part) for f, _, upto, part in parts]
        return Line(work.plan["plan"], number(work.plan, "version"), work.component["component"],
                    period_name(window, self.ledger.fiscal_start), base, index, earned, parts)

    def _factor(self, work, place, groups):
        component = work.plan["components"][place]
        factor = work._replace(component=component, place=place)
        facts = merged(groups.get((work.stretch, place, work.whole), []), base_measure(component))
        curve = Curve(component, self._target(factor, component.get("index", {})), fixed_index=self._index_elsewhere(factor))
        y = curve.y(sum(fact.base for fact in facts))
        return Fraction(y, PPM) if y is not None else None

    def _pay_on(self, person, day):
        """A year's variable pay by the define that holds; in a gap by the one that ended last, ahead of all by the first."""
        spans = [(start, end) for start, _, end, _ in self.ledger.master["person"].get(person, ()) if start < end]
        ended = [end for _, end in spans if end <= day]
        record = self.ledger.record("person", person, day)
        if not record and ended:
            record = self.ledger.record("person", person, max(ended) - 1)
        elif not record and spans:
            record = self.ledger.record("person", person, min(start for start, _ in spans))
        return number(record, "variablePayMinor")

    def _pay(self, work):
        """Variable pay of the window: each of its days is worth a day's part of the year, or of a quarter or month of it."""
        parts = {"YEAR": 1, "QUARTER": 4, "MONTH": 12}.get(work.component.get("window"))
        start, end = work.window
        cuts = {at for row in self.ledger.master["person"].get(work.person, ()) for at in (row[0], row[2]) if start < at < end}
        year = window_of("YEAR", start, self.ledger.fiscal_start)
        while not parts and year[1] < end:
            cuts.add(year[1])
            year = window_of("YEAR", year[1], self.ledger.fiscal_start)
        total = Fraction(0)
        bounds = [start] + sorted(cuts) + [end]
        for day, until in zip(bounds, bounds[1:]):
            year = work.whole if parts else window_of("YEAR", day, self.ledger.fiscal_start)
            total += Fraction(self._pay_on(work.person, day) * (until - day), (parts or 1) * length(year))
        return total


DEAL_WINDOW = ()
UNDEFINED = "undefined"
Work = collections.namedtuple("Work", "plan component place whole window stretch person")
Merged = collections.namedtuple("Merged", "seq day deal person base")


def length(span):
    return span[1] - span[0]


def overlap(a, b):
    start, end = max(a[0], b[0]), min(a[1], b[1])
    return (start, end) if start < end else None


def merged(facts, measure):
    """The facts of one event and person are one, its lines added up; in the order (day, seq). One of nothing is one, too: what a curve
    gives at 0 goes to whichever comes first."""
    sums = {}
    for fact in sorted(facts, key=lambda f: (f.day, f.seq)):
        key = (fact.day, fact.seq, fact.deal, fact.person)
        sums[key] = sums.get(key, 0) + fact.values[measure]
    return [Merged(seq, at, deal, person, base) for (at, seq, deal, person), base in sums.items()]
