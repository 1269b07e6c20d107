"""Questions to a folded ledger: measures, attainment of targets, rankings. Exact: every answer is an int or a Fraction."""
import collections
from fractions import Fraction

import targets as days_of_targets
from ledger import BY_LINES, WHOLE
from values import PPM, day, period

# measure -> (numerator sums, denominator sums, scale): scale * sum / sum, in the measure's unit; None when the denominator is 0.
RATIOS = {
    "win.rate": (("won.count",), ("won.count", "lost.count"), PPM),
    "deal.size": (("booked.amount",), ("booked.count",), PPM),
    "margin.rate": (("booked.margin",), ("booked.costed",), PPM),
    "cycle.days": (("cycle.won",), ("won.count",), 1),
    "cycle.days:CLOSED": (("cycle.won", "cycle.lost"), ("won.count", "lost.count"), 1),
}
LOWER_IS_BETTER = {"cycle.days", "cycle.days:CLOSED", "lost.count", "returned.amount"}
SUMS = ("booked.amount", "booked.count", "booked.units", "booked.margin", "won.count", "lost.count", "quote.count",
        "quote.amount", "contact.count", "invoiced.amount", "delivered.amount", "collected.amount", "returned.amount")
RANK_TYPES = ("STANDARD", "MODIFIED", "DENSE", "ORDINAL", "FRACTIONAL")
BY_WHAT = ("BY_PRODUCT", "BY_PRODUCT_LINE")
TARGET_FIELD = {"BY_PERSON": "person", "BY_UNIT": "unit", "BY_REGION": "region", "BY_PRODUCT": "product", "BY_PRODUCT_LINE": "productLine"}
ONLY_LISTS = {"BY_PERSON": ("unit",), "BY_UNIT": ("unit",), "BY_PRODUCT": ("productLine",)}  # the score is one's own
SCOPE_FIELDS = ("person", "unit", "productLine", "product", "customer", "region")


class Answers:
    def __init__(self, ledger):
        self.ledger = ledger
        self.latest = None
        self.derived = {}

    # -- measures ---------------------------------------------------------------------------------------------------

    def facts(self, span, scope=None):
        """Facts inside a period and a scope. A person's own facts are direct and overlay, all others direct only."""
        scope = {k: v for k, v in (scope or {}).items() if v}
        return [f for f in self.ledger.facts if span[0] <= f.day < span[1] and self._in_scope(f, scope)]

    def _in_scope(self, fact, scope, by_product=False):
        ledger = self.ledger
        if "person" in scope:
            if fact.person != scope["person"]:
                return False
        elif fact.credit != "DIRECT":
            return False
        if "unit" in scope and not ledger.in_subtree(fact.person, scope["unit"], fact.day):
            return False
        return self._matches_what(fact, scope, by_product)

    def _matches_what(self, fact, scope, by_product=False):
        """The part of a scope that speaks of the deal and not of people."""
        ledger = self.ledger
        if fact.line == (WHOLE if by_product or "product" in scope or "productLine" in scope else BY_LINES):
            return False
        if "customer" in scope and fact.customer != scope["customer"]:
            return False
        if "region" in scope and ledger.region_of(fact.customer, fact.day) != scope["region"]:
            return False
        if "product" not in scope and "productLine" not in scope:
            return True
        return any(map(self._asker(fact, scope), fact.sold)) and not any(map(self._asker(fact, scope), fact.left))

    def _asker(self, fact, scope):
        """Is a (product, amount) asked for by product and product line?"""
        def asks(line):
            in_product = "product" not in scope or line[0] == scope["product"]
            return in_product and ("productLine" not in scope or self.ledger.line_of(line[0], fact.day) == scope["productLine"])
        return asks

    def measure(self, name, facts):
        if name not in RATIOS:
            return sum(f.values.get(name, 0) for f in facts)
        over, under, scale = RATIOS[name]
        denominator = sum(self.measure(part, facts) for part in under)
        if denominator == 0:
            return None
        return Fraction(scale * sum(self.measure(part, facts) for part in over), denominator)

    def reached(self, name, facts, is_defined=True):
        """(day, seq) of the event from which on the running score was never worse than the final one; None if nothing moved it. Scores that
        no target defines are all alike."""
        events = collections.defaultdict(list)
        for fact in facts:
            if _changes(name, fact):
                events[fact.day, fact.seq].append(fact)
        order = sorted(events)
        if not order:
            return None
        scores, sums = [], collections.Counter()
        for event in order:
            for fact in events[event]:
                for part in _parts(name):
                    sums[part] += fact.values.get(part, 0)
            scores.append(_score(name, sums) if is_defined else None)
        first = len(order) - 1
        while first > 0 and not _is_worse(scores[first - 1], scores[-1], name):
            first -= 1
        return order[first]

    def value(self, name, span, scope=None):
        return self.measure(name, self.facts(span, scope))

    def split(self, name, span, scope, dimension):
        """{key: value}: every key with a fact; who asks may treat a missing key as zero."""
        scope = {k: v for k, v in (scope or {}).items() if v}
        groups = collections.defaultdict(list)
        for fact in self.ledger.facts:
            if not span[0] <= fact.day < span[1]:
                continue
            if not self._in_scope(fact, scope if dimension != "BY_PERSON" else dict(scope, person=fact.person), dimension in BY_WHAT):
                continue
            if dimension == "BY_UNIT" and fact.credit != "DIRECT":
                continue  # a person's overlay is his own, and no unit's
            for key in self._keys(fact, dimension):
                groups[key].append(fact)
        return {key: self.measure(name, facts) for key, facts in groups.items()}

    def _keys(self, fact, dimension):
        ledger = self.ledger
        if dimension == "BY_PERSON":
            return [fact.person] if fact.person else []
        if dimension == "BY_UNIT":
            return ledger.chain(ledger.unit_of(fact.person, fact.day), fact.day) if fact.person else []
        if dimension == "BY_REGION":
            region = ledger.region_of(fact.customer, fact.day)
            return [region] if region else []
        key_of = (lambda p: ledger.line_of(p, fact.day)) if dimension == "BY_PRODUCT_LINE" else (lambda p: p)
        left = {key_of(product) for product, _ in fact.left}
        return list(dict.fromkeys(key for key in (key_of(product) for product, _ in fact.sold) if key and key not in left))

    # -- targets ----------------------------------------------------------------------------------------------------

    def targets(self):
        """{(scope, measure, role): [Stored]}: the latest of each period."""
        if self.latest is None:
            latest = self._targets()
            self.latest = collections.defaultdict(list)
            for (scope, measure, _, role), stored in latest.items():
                self.latest[scope, measure, role].append(stored)
        return self.latest

    def _targets(self):
        result = {}
        for event in self.ledger.effective:
            if event.kind != "target":
                continue
            body = event.body
            scope = tuple((f, body.get("scope", {}).get(f)) for f in SCOPE_FIELDS if body.get("scope", {}).get(f))
            span = period(body["period"], self.ledger.fiscal_start)
            key = (scope, body["measure"], span, body.get("role", "QUOTA"))
            weights = [int(weight) for weight in body.get("weights", [])]
            result[key] = days_of_targets.Stored(event.seq, span, int(body.get("amount", 0)), weights, body.get("target"))
        return result

    def target(self, scope, measure, span, role="QUOTA"):
        """The stretches of the target for a period, set or derived; [] if there is none."""
        key = (tuple((f, scope[f]) for f in SCOPE_FIELDS if scope.get(f)), measure, role)
        if (key, span) not in self.derived:
            stored = [one for one in self.targets().get(key, ()) if one.span[0] < span[1] and span[0] < one.span[1]]
            covered = stored and min(s.span[0] for s in stored) <= span[0] and max(s.span[1] for s in stored) >= span[1]
            stretches = days_of_targets.derive(stored, span, self.ledger.holidays) if covered else []
            mixed = measure in RATIOS and len({stretch.stored.amount for stretch in stretches}) > 1
            self.derived[key, span] = [] if mixed else stretches
        return self.derived[key, span]

    def target_amount(self, scope, measure, span, role="QUOTA"):
        """None if there is none."""
        stretches = self.target(scope, measure, span, role)
        if measure in RATIOS and stretches:
            return stretches[0].stored.amount  # a ratio is no sum of its days
        return days_of_targets.amount(stretches) if stretches else None

    def attainment(self, scope, measure, span, role="QUOTA"):
        """(target, actual, attainment or None)"""
        target = self.target_amount(scope, measure, span, role)
        actual = self.value(measure, span, dict(scope))
        return target, actual, compare(actual, target, measure)

    def pace(self, scope, measure, span, role, today):
        """(pace or None, required per day or None) on the evening of a day."""
        stretches = self.target(scope, measure, span, role)
        target, actual, _ = self.attainment(scope, measure, span, role)
        due = days_of_targets.due(stretches, today)
        if target <= 0 or actual is None or measure in RATIOS:
            return None, None
        days = days_of_targets.weighing_days(stretches) * (1 - due / target)
        return compare(actual, due, measure), Fraction(target - actual) / days if days > 0 else None

    def effective(self, scope, measure, span, role="QUOTA"):
        """The target after pro-rating and ramp; None for a scope without a person, or one never defined."""
        person = scope.get("person")
        if measure in RATIOS or not person or not self.ledger.master["person"].get(person):
            return None
        return days_of_targets.effective(self.target(scope, measure, span, role),
                                         lambda value: self.ledger.record("person", person, value))

    # -- rankings ---------------------------------------------------------------------------------------------------

    def listed_people(self, span, scope):
        """Who is ranked: people active in the period, in the unit's subtree on one of its days, and unlisted ones with facts.
        Where nobody belongs to a unit, all who are active."""
        ledger = self.ledger
        listed, unlisted, without_unit = set(), set(), set()
        days = ledger.breakpoints("person", span) | ledger.breakpoints("unit", span)
        for person, rows in ledger.master["person"].items():
            hires = {day(row[3]["hired"]) for row in rows if row[3].get("hired")}
            active = {at for at in days | {at for at in hires if span[0] <= at < span[1]} if _is_active(ledger.record("person", person, at), at)}
            if not active:
                unlisted.add(person)
            elif scope.get("unit"):
                if any(ledger.in_subtree(person, scope["unit"], at) for at in active):
                    listed.add(person)
            elif any(ledger.unit_of(person, at) for at in active):
                listed.add(person)
            else:
                without_unit.add(person)
        if not listed:
            listed = without_unit  # a company without units
        if scope.get("unit"):
            return listed
        what = {k: v for k, v in scope.items() if k not in ("unit", "person")}
        for fact in ledger.facts:
            if fact.person and span[0] <= fact.day < span[1] and fact.person not in unlisted and self._matches_what(fact, what):
                listed.add(fact.person)
        return listed

    def ranking(self, measure, span, scope=None, rank_type="STANDARD", ties="TIE_STAYS", keys=None, dimension="BY_PERSON"):
        """[(rank in thousandths, key, value, (day, seq) of reaching)], best first; undefined values last."""
        rows = [(self.measure(measure, facts), key, self.reached(measure, facts)) for key, facts in self._ranked(span, scope, keys, dimension)]
        return rank(rows, rank_type, ties, measure in LOWER_IS_BETTER)

    def attainment_ranking(self, measure, span, scope=None, rank_type="STANDARD", ties="TIE_STAYS", keys=None, dimension="BY_PERSON", role="QUOTA"):
        """The same by attainment. The place goes by actual over target, from the least where lower is better, and undefined without a target."""
        rows, values = [], {}
        for key, facts in self._ranked(span, scope, keys, dimension):
            own = dict({k: v for k, v in (scope or {}).items() if k not in ONLY_LISTS.get(dimension, ())}, **{TARGET_FIELD[dimension]: key})
            target, actual = self.target_amount(own, measure, span, role), self.measure(measure, facts)
            values[key] = compare(actual, target, measure)
            has_target = bool(target and target > 0)
            score = Fraction(actual) / target if has_target and actual is not None else None
            rows.append((score, key, self.reached(measure, facts, has_target)))
        return [(place, key, values[key], reached) for place, key, _, reached in rank(rows, rank_type, ties, measure in LOWER_IS_BETTER)]

    def _ranked(self, span, scope, keys, dimension):
        """[(key, facts)] of all that are ranked."""
        scope = {k: v for k, v in (scope or {}).items() if v}
        own = {k: v for k, v in scope.items() if k not in ONLY_LISTS.get(dimension, ())}
        groups = collections.defaultdict(list)
        for fact in self.ledger.facts:
            of_fact = dict(own, person=fact.person) if dimension == "BY_PERSON" else own
            if not span[0] <= fact.day < span[1] or not self._in_scope(fact, of_fact, dimension in BY_WHAT):
                continue
            if dimension == "BY_UNIT" and fact.credit != "DIRECT":
                continue
            for key in self._keys(fact, dimension):
                groups[key].append(fact)
        if keys is None:
            keys = self.listed_people(span, scope)
        return [(key, groups.get(key, [])) for key in keys]


def compare(actual, target, measure):
    """Actual over target, or the other way round; None without a target above 0."""
    if not target or target < 0 or actual is None:
        return None
    if measure in LOWER_IS_BETTER:
        return Fraction(target) / actual if actual > 0 else None
    return Fraction(actual) / target


def _parts(measure):
    """The sums that a measure is made of, each once."""
    over, under, _ = RATIOS.get(measure, ((measure,), (), 1))
    return set(over + under)


def _changes(measure, fact):
    return any(fact.values.get(part) for part in _parts(measure))


def _score(measure, sums):
    """Of sums by name; None when undefined."""
    if measure not in RATIOS:
        return sums[measure]
    over, under, _ = RATIOS[measure]
    denominator = sum(sums[part] for part in under)
    return Fraction(sum(sums[part] for part in over), denominator) if denominator else None


def _is_worse(score, final, measure):
    """Undefined is worse than anything else."""
    if score is None or final is None:
        return score is None and final is not None
    return score > final if measure in LOWER_IS_BETTER else score < final


def _is_active(record, at):
    """Does a define hold, and does the day lie from hire to leave, both included?"""
    hired, left = record.get("hired"), record.get("left")
    return bool(record) and (not hired or day(hired) <= at) and (not left or day(left) >= at)


NEVER = (10 ** 9, 0)


def rank(rows, rank_type, ties, lowest_first=False):
    """rows: (value or None, key, reached or None). An undefined score is none that could be reached: all such rows tie."""
    def place(row):
        if row[0] is None:
            return (True, 0, ())
        return (False, row[0] if lowest_first else -row[0], (row[2] or NEVER) if ties == "TIE_REACHED" else ())

    rows = sorted(rows, key=lambda row: (place(row), row[1].encode()))
    result = []
    first = 0
    dense = 0
    while first < len(rows):
        last = first
        while last + 1 < len(rows) and place(rows[last + 1]) == place(rows[first]):
            last += 1
        dense += 1
        for i in range(first, last + 1):
            milli = {"STANDARD": 1000 * (first + 1), "MODIFIED": 1000 * (last + 1), "DENSE": 1000 * dense,
                     "ORDINAL": 1000 * (i + 1), "FRACTIONAL": 500 * (first + last + 2)}[rank_type]
            result.append((milli, rows[i][1], rows[i][0], rows[i][2]))
        first = last + 1
    return result
