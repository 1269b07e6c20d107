"""Asks the daemon everything and compares with the reference model folded from the exported log."""
from answers import RANK_TYPES, RATIOS, SCOPE_FIELDS, SUMS, Answers
from ledger import Ledger
from statement import Statements, evaluate
from compare_value import as_sent, value_of
from values import PPM, day_text, period

PERIODS = ["all", "2025", "2026", "2025-Q1", "2025-Q3", "2025-Q4", "2026-Q1", "2025-01", "2025-06", "2025-12", "2026-02", "2025-W07", "2026-W01",
           "2025-03-14", "2025-02-10..2025-08-19"]
TARGET_PERIODS = ["2025", "2025-Q1", "2025-03", "2025-W05", "2025-W07", "2026-W01", "2025-11-30", "2025-02-10..2025-08-19", "2025-02-01..2025-04-01"]
ALL_MEASURES = list(SUMS) + ["contact.count:VISIT"] + sorted(RATIOS)
DIMENSIONS = ["DIMENSION_NONE", "BY_PERSON", "BY_UNIT", "BY_REGION", "BY_PRODUCT", "BY_PRODUCT_LINE"]
SCOPES = [{"person": "p1"}, {"unit": "north"}, {"unit": "hq"}, {"product": "anvil"}, {"productLine": "copper"}, {"customer": "c2"},
          {"region": "east"}, {"unit": "north", "product": "bolt"}, {"person": "p2", "region": "west"}, {"region": "isles", "productLine": "iron"},
          {"unit": "south", "customer": "c1"}]
KEPT = ["booked.amount", "booked.count", "lost.count", "win.rate", "cycle.days"]  # rankings asked for while events come


def ask_kept(client):
    """What is asked for is kept, and has to follow what comes."""
    for measure in KEPT:
        client.rank(measure=measure, period="2025", ties="TIE_REACHED")


class Comparison:
    def __init__(self, check, client, timezone="Europe/Berlin"):
        self.check, self.client = check, client
        self.ledger = Ledger(client.log(), timezone)
        self.answers = Answers(self.ledger)
        self.statements = Statements(self.ledger, self.answers)

    def span(self, name):
        return period(name, self.ledger.fiscal_start)

    def everything(self):
        self.measures()
        self.rankings()
        self.targets()
        self.all_statements()

    # -- measures ---------------------------------------------------------------------------------------------------

    def measures(self):
        for name in PERIODS:
            for dimension in DIMENSIONS:
                self._measures(name, {}, dimension)
        for name in ("2025", "2025-Q3", "2025-02", "2025-02-10..2025-08-19"):
            for scope in SCOPES:
                self._measures(name, scope, "DIMENSION_NONE")
        for dimension, scope in (("BY_PERSON", {"product": "anvil"}), ("BY_PERSON", {"region": "east"}), ("BY_UNIT", {"productLine": "iron"}),
                                 ("BY_PRODUCT", {"unit": "north"}), ("BY_PRODUCT", {"person": "p1"}), ("BY_REGION", {"person": "p3"}),
                                 ("BY_REGION", {"unit": "n1"}), ("BY_PRODUCT_LINE", {"customer": "c3"})):
            self._measures("2025", scope, dimension)

    def _measures(self, name, scope, dimension):
        span = self.span(name)
        got = {}
        for start in range(0, len(ALL_MEASURES), 16):
            part = ALL_MEASURES[start:start + 16]
            for key, values in self.client.measures(part, name, scope, dimension).items():
                for measure, value in zip(part, values):
                    got[key, measure] = value_of(value)
        for measure in ALL_MEASURES:
            if dimension == "DIMENSION_NONE":
                want = {"": self.answers.value(measure, span, scope)}
                rows = {"": value for (key, m), value in got.items() if m == measure}
            else:
                want = self.answers.split(measure, span, scope, dimension)
                rows = {key: value for (key, m), value in got.items() if m == measure and key}
            nothing = None if measure in RATIOS else 0
            for key in sorted(set(want) | set(rows)):
                self.check.equal(rows.get(key, nothing), want.get(key, nothing), measure, name, scope, dimension, key)

    # -- rankings ---------------------------------------------------------------------------------------------------

    def rankings(self):
        measures = ["booked.amount", "won.count", "booked.units", "contact.count", "contact.count:VISIT", "quote.amount", "win.rate", "cycle.days"]
        for name in ("2025", "2025-Q1", "2025-06", "2025-W07", "2025-02-10..2025-08-19"):
            for measure in measures:
                for kind in RANK_TYPES:
                    for ties in ("TIE_STAYS", "TIE_REACHED"):
                        self._ranking(name, measure, kind, ties, {})
        for scope in ({"unit": "north"}, {"unit": "n1"}, {"product": "anvil"}, {"productLine": "copper"}, {"region": "east"}, {"customer": "c1"},
                      {"unit": "south", "product": "bolt"}):
            for measure in ("booked.amount", "booked.count", "won.count"):
                self._ranking("2025", measure, "STANDARD", "TIE_REACHED", scope)

        for dimension in DIMENSIONS[1:]:
            for name in ("2025", "2025-Q1", "2025-06", "2025-02-10..2025-08-19"):
                for measure in ("booked.amount", "booked.count", "lost.count", "returned.amount", "contact.count:VISIT", "win.rate", "deal.size", "cycle.days"):
                    for by in ("MEASURE", "ATTAINMENT"):
                        self._ranking(name, measure, "STANDARD", "TIE_REACHED", {}, dimension, by)
        for dimension, scope in (("BY_PERSON", {"productLine": "iron"}), ("BY_PERSON", {"unit": "north", "productLine": "copper"}),
                                 ("BY_UNIT", {"productLine": "copper"}), ("BY_UNIT", {"unit": "hq"}), ("BY_PRODUCT", {"region": "east"}),
                                 ("BY_UNIT", {"unit": "north"}), ("BY_PRODUCT", {"productLine": "iron"}), ("BY_REGION", {"person": "p1"}),
                                 ("BY_REGION", {"product": "anvil"}), ("BY_PRODUCT_LINE", {"customer": "c1"})):
            for by in ("MEASURE", "ATTAINMENT"):
                self._ranking("2025", "booked.amount", "DENSE", "TIE_REACHED", scope, dimension, by)

    def kept(self):
        for measure in KEPT:
            self._ranking("2025", measure, "STANDARD", "TIE_REACHED", {})

    def _ranking(self, name, measure, kind, ties, scope, dimension="BY_PERSON", by="MEASURE"):
        question = {"measure": measure, "period": name, "type": kind, "ties": ties, "dimension": dimension, "by": "RANK_" + by}
        if scope:
            question["scope"] = scope
        rows = self.client.rank(**question)
        what = ("rank", measure, name, kind, ties, scope, dimension, by)
        # Whoever was ever named is ranked, where it is no person's work that ranks; those with facts are sure to be.
        keys = None if dimension == "BY_PERSON" else [row.key for row in rows]
        rank = self.answers.ranking if by == "MEASURE" else self.answers.attainment_ranking
        want = rank(measure, self.span(name), scope, kind, ties, keys, dimension)
        if keys is not None and not scope:
            missing = set(self.answers.split(measure, self.span(name), scope, dimension)) - set(keys)
            self.check.equal(missing, set(), "missing from", *what)
        if by == "ATTAINMENT":
            want = [(place, key, None if value is None else as_sent(value * PPM), reached) for place, key, value, reached in want]
        got = [(row.rank_milli, row.key, value_of(row.value)) for row in rows]
        if self.check.equal(got, [row[:3] for row in want], *what) and ties == "TIE_REACHED":
            reached = [(row.reached_date, row.reached_seq) if row.reached_seq else None for row in rows]
            self.check.equal(reached, [(day_text(r[3][0]), r[3][1]) if r[3] else None for r in want], "reached", *what)

    # -- targets ----------------------------------------------------------------------------------------------------

    def targets(self):
        asked = {e.body["period"] for e in self.ledger.effective if e.kind == "target"}
        for name in sorted(asked | set(TARGET_PERIODS)):
            span = self.span(name)
            for role in ("QUOTA", "STRETCH"):
                self._targets(name, role, span, span[0] + (span[1] - span[0]) // 3)

    def _targets(self, name, role, span, today):
        got = {}
        for row in self.client.targets(period=name, role=role, today=day_text(today)):
            scope = {f: getattr(row.scope, f if f != "productLine" else "product_line") for f in SCOPE_FIELDS}
            got[tuple((f, v) for f, v in scope.items() if v), row.measure] = row
        want = {key[:2] for key in self.answers.targets() if key[2] == role and self.answers.target(dict(key[0]), key[1], span, role)}
        self.check.equal(sorted(got), sorted(want), "targets", name, role)
        for key in want & set(got):
            self._target(got[key], dict(key[0]), key[1], role, span, today)

    def _target(self, row, scope, measure, role, span, today):
        what = ("target", day_text(span[0]), day_text(span[1]), role, scope, measure)
        stretches = self.answers.target(scope, measure, span, role)
        target, actual, attainment = self.answers.attainment(scope, measure, span, role)
        pace, required = self.answers.pace(scope, measure, span, role, today)
        effective = self.answers.effective(scope, measure, span, role)
        self.check.equal(row.target, target, *what)
        self._origins(row, stretches, span, what, measure in RATIOS)
        self.check.equal(value_of(row.actual), actual, "actual of", *what)
        self.check.equal(value_of(row.attainment), None if attainment is None else as_sent(attainment * PPM), "attainment of", *what)
        self.check.equal(value_of(row.pace), None if pace is None else as_sent(pace * PPM), "pace of", *what)
        self.check.equal(value_of(row.required_per_day), as_sent(required), "required per day of", *what)
        self.check.equal(value_of(row.effective) if row.HasField("effective") else target, target if effective is None else as_sent(effective),
                         "effective", *what)
        gap = None if actual is None else round(target - actual)  # a Fraction is rounded half to even
        self.check.equal(row.gap if row.HasField("gap") else None, gap, "gap of", *what)

    def _origins(self, row, stretches, span, what, is_ratio):
        """Set for just this period, or the stored targets it is derived from, each with its part."""
        if len(stretches) == 1 and stretches[0].stored.span == span:
            self.check.equal((row.target_seq, row.derived, len(row.origins)), (stretches[0].stored.seq, False, 0), "origin of", *what)
            return
        parts = {}
        for stretch in stretches:
            before = parts.get(stretch.stored.seq, (None, 0))[1]
            parts[stretch.stored.seq] = stretch.stored, before + sum(stretch.parts.values())
        want = [(s.seq, s.span, s.amount, s.amount if is_ratio else part) for s, part in parts.values()]
        got = [(o.target_seq, self.span(o.period), o.amount, o.part) for o in row.origins]
        self.check.equal((row.derived, got), (True, want), "origins of", *what)

    # -- statements -------------------------------------------------------------------------------------------------

    def all_statements(self):
        people = sorted({f.person for f in self.ledger.facts if f.person} | set(self.ledger.master["person"]))
        for person in people:
            self._statement(person, "2025" if self.ledger.fiscal_start == 1 else "all")
            self._statement(person, "2026-Q1")

    def _statement(self, person, name):
        what = ("statement", person, name)
        got, total, line_total = {}, None, 0
        for page in self.client.statement(person, name):
            total = page.total_minor
            for line in page.lines:
                key = (line.plan, line.plan_version, line.component, line.window)
                first, parts = got.setdefault(key, (line, []))
                parts += list(line.deals)
        want = {}
        for line in self.statements.statement(person, self.span(name)):
            want[line.plan, line.version, line.component, line.window] = line
        for key in sorted(set(got) | set(want)):
            if key not in got:
                self.check.equal(0, want[key].earned, "line that is missing", *what, *key)
                continue
            line, parts = got[key]
            line_total += line.earned_minor
            if key not in want:
                moving = sum(1 for part in parts if part.base_value)
                self.check.equal((line.earned_minor, moving), (self._empty(line), 0), "line without facts", *what, *key)
                continue
            self._line(line, parts, want[key], what + key)
        self.check.equal(total, line_total, "total", *what)

    def _empty(self, line):
        """What a window without facts earns by the curve alone."""
        plan = max((row for row in self.statements.plans[line.plan] if row[0] == line.plan_version), key=lambda row: row[1])[4]
        component = next(c for c in plan["components"] if c["component"] == line.component)
        if component.get("gate") and not line.gate_open:
            return 0
        target = line.target if line.HasField("target") else None
        return evaluate(component, [], plan.get("rounding", "HALF_EVEN"), target=target)[2]

    def _line(self, line, parts, want, what):
        self.check.equal((line.base_value, line.earned_minor), (want.base, want.earned), "base and earned of", *what)
        self.check.equal(value_of(line.index), want.index, "index of", *what)

        def keyed(rows):
            return sorted((r[0], r[1], r[2], r[3] if with_money else 0) for r in rows if r[2] or (with_money and r[3]))
        with_money = all(part.earned is not None for part in want.parts)
        got = [(p.seq, p.person, p.base_value, p.earned_minor) for p in parts]
        self.check.equal(keyed(got), keyed([(p.seq, p.person, p.base, p.earned) for p in want.parts]), "facts of", *what)
        self.check.equal(sum(p.earned_minor for p in parts), line.earned_minor, "sum of the facts of", *what)
