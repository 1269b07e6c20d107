"""Seeded random histories: an organisation that moves, deals that live, mistakes and their corrections.

`History(seed)` gives events one by one, each with the refusals that would be right ('' for accepted). The caller tells which
seq each got, so that later events can correct or repeat earlier ones.
"""
import base64
import random

from rules import CANCELLED, LOST, OPEN, WON, Deals
from targets import months_of
from values import PPM, day, day_text, period

FIRST, LAST = day("2025-01-01"), day("2026-06-30")
UNITS = {"hq": None, "north": "hq", "south": "hq", "n1": "north", "n2": "north", "s1": "south"}
PEOPLE = ["p%d" % i for i in range(9)]
MANAGERS = {"north": "boss-n", "south": "boss-s", "n1": "lead-n1", "hq": "chief"}
PRODUCTS = {"anvil": "iron", "bolt": "iron", "cable": "copper", "disc": "copper", "extra": None}
CUSTOMERS = ["c%d" % i for i in range(7)]
REGIONS = ["east", "west", "isles"]
CONTACTS = ["CALL", "VISIT", "MAIL", "DEMO", "CARE", "SURVEY", "COMPLAINT", "TRAINING", "OTHER"]
MEASURES = ["booked.amount", "booked.count", "booked.units", "booked.margin", "won.count", "lost.count", "quote.count", "quote.amount",
            "contact.count", "contact.count:VISIT", "invoiced.amount", "delivered.amount", "collected.amount", "returned.amount"]
PERIODS = ["2025", "2026", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2025-02", "2025-12", "2026-01", "2025-W07", "2026-W01"]


class History:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.fiscal_start = self.random.choice([1, 1, 4])
        self.deals = Deals()
        self.accepted = {}  # seq -> event
        self.open_deals = []
        self.deal_count = 0
        self.versions = {}

    # -- small choices ----------------------------------------------------------------------------------------------

    def some_day(self):
        return day_text(self.random.randint(FIRST, LAST))

    def amount(self):
        """Mostly ordinary, sometimes tiny or odd, so that shares and roundings matter."""
        kind = self.random.random()
        return self.random.randint(0, 9) if kind < 0.1 else self.random.randint(10, 5_000_000) if kind < 0.95 else self.random.randint(10 ** 9, 10 ** 11)

    def lines(self, signed=False, count=None):
        result = []
        for _ in range(count or self.random.choice([1, 1, 1, 2, 3])):
            line = {"product": self.random.choice(list(PRODUCTS) + ["ghost"]), "amountMinor": str(self.amount())}
            if signed and self.random.random() < 0.5:
                line["amountMinor"] = str(-int(line["amountMinor"]) // 3)
            if self.random.random() < 0.7:
                line["quantity"] = str(self.random.choice([1000, 2500, 333, 1, 12000]))
            if self.random.random() < 0.5:
                line["costMinor"] = str(self.random.randint(0, max(1, abs(int(line["amountMinor"])))))
            result.append(line)
        return result

    def credits(self):
        kind = self.random.random()
        if kind < 0.3:
            return {}
        people = self.random.sample(PEOPLE + ["stranger"], 4)
        if kind < 0.6:
            shares = [PPM]
        elif kind < 0.8:
            cut = self.random.choice([500_000, 333_333, 1, self.random.randint(1, PPM - 1)])
            shares = [cut, PPM - cut]
        else:
            a, b = sorted(self.random.sample(range(1, PPM), 2))
            shares = [a, b - a, PPM - b]
        credits = [{"person": p, "sharePpm": str(s), "kind": "DIRECT", "role": "rep"} for p, s in zip(people, shares)]
        if self.random.random() < 0.25:
            share = self.random.choice([PPM, 500_000, 0, 2 * PPM, 123_457])
            credits.insert(self.random.randint(0, len(credits)), {"person": self.random.choice(people[:1] + people[3:]), "sharePpm": str(share), "kind": "OVERLAY"})
        return {"credits": credits}

    def customer(self, chance=0.8):
        return {"customer": self.random.choice(CUSTOMERS + ["walk-in"])} if self.random.random() < chance else {}

    # -- the organisation -------------------------------------------------------------------------------------------

    def define_person(self, name, first=False):
        person = {"person": name, "name": name.upper()}
        if name.startswith("p"):
            if first or self.random.random() < 0.95:
                person["unit"] = self.random.choice(["north", "n1", "n1", "n2", "s1", "south"])
            person["role"] = self.random.choice(["rep", "rep", "senior"])
            if self.random.random() < 0.6:
                person.update(payCurrency="USD", variablePayMinor=str(self.random.randint(1_000_000, 9_999_999)))
            if self.random.random() < 0.2:
                person["hired"] = self.some_day()
                if self.random.random() < 0.5:
                    person["ramp"] = [{"fromMonth": month, "factorPpm": str(self.random.randint(0, PPM))} for month in (0, 2, 5)[self.random.randint(0, 2):]]
            if self.random.random() < 0.1:
                person["left"] = max(self.some_day(), person.get("hired", ""))
        define = {"person": person}
        if not first or self.random.random() < 0.3:
            define["validFrom"] = "2024-06-01" if first else self.some_day()
        if not first and self.random.random() < 0.15:
            define["validTo"] = day_text(day(define["validFrom"]) + self.random.randint(1, 200))
        return {"define": define}

    def define_customer(self, name, first=False):
        customer = {"customer": name, "segment": "s"}
        if self.random.random() < 0.9:
            customer["region"] = self.random.choice(REGIONS)
        if self.random.random() < 0.7:
            customer["owner"] = self.random.choice(PEOPLE)
        define = {"customer": customer}
        if not first:
            define["validFrom"] = self.some_day()
        return {"define": define}

    def define_unit(self, name, parent, valid_from=None):
        unit = {"unit": name}
        if parent:
            unit["parent"] = parent
        if name in MANAGERS:
            unit["manager"] = MANAGERS[name]
        return {"define": dict({"unit": unit}, **({"validFrom": valid_from} if valid_from else {}))}

    def opening(self):
        calendar = {"fiscalStartMonth": self.fiscal_start, "firstWeekday": 1}
        if self.random.random() < 0.5:
            calendar["holidays"] = sorted(self.some_day() for _ in range(12))
        events = [{"define": {"calendar": calendar}}] if self.fiscal_start != 1 or "holidays" in calendar else []
        events += [self.define_unit(name, parent) for name, parent in UNITS.items()]
        events += [self.define_person(name, True) for name in PEOPLE + sorted(MANAGERS.values())]
        for product, line in PRODUCTS.items():
            events.append({"define": {"product": dict({"product": product}, **({"line": line} if line else {}))}})
        events += [self.define_customer(name, True) for name in CUSTOMERS]
        events += [self.plan(i) for i in range(8)]
        for name in PEOPLE[:5]:
            for measure, most in (("booked.amount", 10 ** 8), ("booked.units", 10 ** 5)):
                events.append({"target": {"scope": {"person": name}, "measure": measure, "period": "2025", "role": "STRETCH",
                                          "amount": str(self.random.randint(1, most))}})
        return events + self.ranked_targets()

    def ranked_targets(self):
        """Targets of most of what is ranked, so that attainments have an order."""
        ranked = [("person", PEOPLE), ("unit", list(UNITS)), ("region", REGIONS), ("product", list(PRODUCTS)), ("productLine", ["iron", "copper", "glass"])]
        return [{"target": {"scope": {field: name}, "measure": measure, "period": "2025", "amount": str(self.random.randint(most // 20, most))}}
                for field, names in ranked for name in names
                for measure, most in (("booked.amount", 10 ** 8), ("win.rate", PPM), ("cycle.days", 200)) if self.random.random() < 0.7]

    def reorganise(self):
        kind = self.random.random()
        if kind < 0.55:
            return self.define_person(self.random.choice(PEOPLE))
        if kind < 0.75:
            return self.define_customer(self.random.choice(CUSTOMERS))
        if kind < 0.9:
            name = self.random.choice(["n1", "n2", "s1"])
            return self.define_unit(name, self.random.choice(["north", "south", "hq"]), self.some_day())
        product = {"product": self.random.choice(list(PRODUCTS)), "line": self.random.choice(["iron", "copper", "glass"])}
        return {"define": {"validFrom": self.some_day(), "product": product}}

    def target(self):
        scope = self.random.choice([{"person": self.random.choice(PEOPLE)}] * 4 + [{"unit": self.random.choice(list(UNITS))}] * 2
                                   + [{}, {"product": "anvil"}, {"productLine": "iron"}, {"region": "east"}, {"customer": "c1"},
                                      {"unit": "north", "productLine": "copper"}, {"person": "p1", "product": "bolt"}])
        measure = self.random.choice(["booked.amount"] * 4 + MEASURES + ["win.rate", "cycle.days"] * 3)
        body = {"scope": scope, "measure": measure, "period": self.random.choice(PERIODS), "amount": str(self.random.randint(1, 20_000_000))}
        if self.random.random() < 0.2:
            body["role"] = "STRETCH"
        if self.random.random() < 0.3:
            body["weights"] = self.weights(body["period"])
        return {"target": body}

    def weights(self, name):
        """One per month or, for short periods, one per day."""
        span = period(name, self.fiscal_start)
        count = len(months_of(span)) or span[1] - span[0]
        if count == 1 and self.random.random() < 0.5:
            count = span[1] - span[0]
        return [str(weight) for weight in [self.random.randint(1, 9)] + [self.random.choice([0, 1, 17, self.random.randint(0, 999)]) for _ in range(count - 1)]]

    # -- plans ------------------------------------------------------------------------------------------------------

    def rows(self, unit, ys, zero_first=True):
        """Ascending bounds in steps of about `unit`."""
        bounds, at = [], 0 if zero_first else -unit
        for _ in range(self.random.randint(1, 4)):
            bounds.append(at)
            at += self.random.randint(1, 2 * unit)
        return [{"from": str(b), "y": str(self.random.randint(*ys))} for b in bounds]

    def line(self, ys):
        """Two points that any attainment is likely to lie between."""
        return [{"from": str(at), "y": str(self.random.randint(*ys))} for at in (0, self.random.randint(10 ** 7, 10 ** self.random.randint(8, 14)))]

    def plan(self, shape):
        version = self.versions.get("plan-%d" % shape, 0) + 1
        window = self.random.choice(["WEEK", "MONTH", "QUARTER", "YEAR"])
        rates = (0, 120_000)
        by_rate = {"rows": self.rows(2_000_000, rates), "mode": self.random.choice(["MARGINAL", "WHOLE"]), "edge": self.random.choice(["GE", "GT"])}
        pay = {"component": "pay", "window": window, "curve": by_rate}
        assignees = self.random.choice([[{"kind": "EVERYONE"}], [{"kind": "ROLE", "who": "rep"}], [{"kind": "UNIT", "who": "north"}],
                                        [{"kind": "PERSON", "who": p} for p in self.random.sample(PEOPLE, 4)]])
        components = [pay]
        if shape == 0:
            pay["window"] = self.random.choice(["DEAL", window])
            pay["filter"] = self.random.choice([{}, {"products": ["anvil", "bolt"]}, {"lines": ["copper"]}, {"customers": ["c1", "c2"]},
                                                {"regions": ["east", "isles"]}, {"lineMinMinor": "100000"}, {"lineMaxMinor": "3000000"},
                                                {"from": "2025-05-01", "to": "2026-02-01"}, {"customerAge": "NEW"}, {"customerAge": "EXISTING"}])
            if "customerAge" in pay["filter"]:
                pay["window"] = window  # a deal may name several customers
        elif shape == 1:
            pay["index"] = {"kind": "ATTAINMENT"}
            pay["window"] = self.random.choice(["QUARTER", "YEAR"])
            pay["curve"] = {"rows": self.rows(600_000, rates), "mode": self.random.choice(["MARGINAL", "WHOLE"])}
        elif shape == 2:
            pay["window"] = self.random.choice(["MONTH", "QUARTER"])
            factor = {"component": "boost", "kind": "FACTOR", "factorOf": ["pay"], "window": pay["window"],
                      "index": {"kind": "ATTAINMENT", "measure": "booked.amount"},
                      "curve": {"rows": self.rows(600_000, (500_000, 2_000_000)), "mode": self.random.choice(["WHOLE", "LINEAR"]), "value": "FACTOR"}}
            components.append(factor)
        elif shape == 3:
            pay["scope"] = {"kind": "SUBTREE", "depth": self.random.choice([0, 0, 1])}
            by_rate["mode"] = "WHOLE"  # so that the order of people inside one event does not matter
            assignees = [{"kind": "MANAGERS"}]
        elif shape == 4:
            pay["filter"] = self.random.choice([{"stream": "COLLECTED"}, {"stream": "INVOICED"}, {"stream": "DELIVERED"}, {"stream": "RETURNED"},
                                                {"quantity": "MARGIN"}, {"stream": "QUOTED"}])
            pay["limit"] = self.random.choice([{"windowMaxMinor": str(self.random.randint(1_000, 200_000))}, {"windowMinMinor": "500", "dealMaxMinor": "9000"},
                                               {"dealMinMinor": "700", "windowMaxMinor": "100000"}, {"dealMinMinor": "0"}])
            some = self.random.choice([{}, {}, {"products": ["anvil", "bolt"]}, {"lines": ["copper", "iron"]}, {"lineMinMinor": "300000"}, {"lineMaxMinor": "2000000"}])
            units = {"component": "units", "window": window, "filter": dict(some, quantity=self.random.choice(["UNITS", "COUNT", "COUNT"])),
                     "curve": {"rows": self.rows(20_000, (0, 5_000)), "value": "PER_UNIT"}}
            components.append(units)
        elif shape == 5:
            pay["scope"] = {"kind": "OWN_OVERLAY"}
            pay["roundAt"] = "WINDOW_LINE"
            pay["curve"]["mode"] = "MARGINAL"
            contacts = {"component": "calls", "window": window, "filter": {"stream": self.random.choice(["CONTACTED", "LOST", "QUOTED"]), "quantity": "COUNT"},
                        "curve": {"rows": self.rows(3_000_000, (0, 50_000)), "mode": "STEP", "value": "FIXED_AMOUNT"}}
            components.append(contacts)
        elif shape == 6:
            # Amounts, bounds and rates without common divisors: exact only beyond 128 bits.
            window = pay["window"] = self.random.choice(["QUARTER", "YEAR"])
            pay["index"] = {"kind": "ATTAINMENT", "role": "STRETCH"}
            pay["curve"] = {"rows": self.line(rates), "mode": "LINEAR"}
            pay["roundAt"] = self.random.choice(["DEAL_LINE", "DEAL_LINE", "WINDOW_LINE"])
            for i in range(self.random.randint(2, 5)):
                measure = self.random.choice(["booked.amount", "booked.amount", "booked.units"])
                components.append({"component": "boost-%d" % i, "kind": "FACTOR", "factorOf": ["pay"], "window": window,
                                   "index": {"kind": "ATTAINMENT", "measure": measure, "role": "STRETCH"},
                                   "curve": {"rows": self.line((500_000, 2_000_000)), "mode": "LINEAR", "value": "FACTOR"}})
        else:
            pay["gate"] = [{"index": {"kind": "ATTAINMENT", "measure": "booked.amount"}, "atLeast": str(self.random.randint(100_000, 900_000))}]
            pay["window"] = self.random.choice(["QUARTER", "YEAR"])
            pay["curve"] = {"rows": self.rows(3_000_000, (0, 2_000_000)), "mode": "LINEAR", "value": "FIXED_AMOUNT"}
        body = {"plan": "plan-%d" % shape, "version": version, "currency": "USD", "state": "PUBLISHED", "assignees": assignees,
                "components": components, "validFrom": "2025-01-01" if version == 1 else "2026-01-01"}
        if self.random.random() < 0.3:
            body["rounding"] = "HALF_UP"
        return {"plan": body}

    # -- deals ------------------------------------------------------------------------------------------------------

    def new_deal(self):
        self.deal_count += 1
        self.open_deals.append("d%d" % self.deal_count)
        return self.open_deals[-1]

    def deal(self):
        return self.new_deal() if not self.open_deals or self.random.random() < 0.35 else self.random.choice(self.open_deals)

    def contact(self):
        body = dict(self.customer(0.6), kind=self.random.choice(CONTACTS))
        if self.random.random() < 0.5:
            body["person"] = self.random.choice(PEOPLE)
        if self.random.random() < 0.6 or "customer" not in body:
            body["deal"] = self.deal()
        return {"contact": body}

    def quote(self):
        return {"quote": dict(self.customer(), deal=self.deal(), currency="USD", lines=self.lines(), **self.credits())}

    def close(self):
        """A close that the deal's state allows."""
        deal = self.deal()
        state = self.deals.state(deal)
        phase, booked = state.phase, state.booked
        body = {"deal": deal, "currency": "USD"}
        if phase in (OPEN, CANCELLED):
            won = phase == CANCELLED or self.random.random() < 0.8
            body.update(self.customer(0.6), kind="WON" if won else "LOST", lines=self.lines() if won else self.lines()[:self.random.choice([0, 1])])
            if not won:
                body["reason"] = "price"
        elif phase == WON:
            body["kind"] = self.random.choice(["AMENDED", "DELIVERED", "INVOICED", "COLLECTED", "CANCELLED", "CANCELLED", "RETURNED"])
            if body["kind"] in ("CANCELLED", "RETURNED"):
                body["lines"] = self.cut(state)
            elif body["kind"] == "AMENDED":
                body["lines"] = self.lines(signed=True)
                if sum(int(line["amountMinor"]) for line in body["lines"]) + booked < 0:
                    body["lines"] = self.lines()
            else:
                body["lines"] = self.lines()
        else:
            return self.quote()
        return {"close": dict(body, **self.credits())}

    def cut(self, state):
        """Lines that take from what is booked: of its products, without a product, or, rarely right, of any."""
        kind = self.random.random()
        left = [(product, amount) for product, amount in state.products.booked.items() if amount > 0]
        if kind < 0.6 and left:
            parts = [(product, amount if self.random.random() < 0.6 else self.random.randint(0, amount))
                     for product, amount in self.random.sample(left, self.random.randint(1, len(left)))]
        else:
            part = state.booked if self.random.random() < 0.5 else self.random.randint(0, state.booked)
            first = self.random.randint(0, part)
            product = None if kind < 0.85 else self.random.choice(list(PRODUCTS))
            parts = self.random.choice([[(product, part)], [(None, first), (product, part - first)]])
        lines = []
        for product, amount in parts:
            line = dict(self.lines(count=1)[0], amountMinor=str(amount), product=product)
            line.pop("costMinor", None)
            lines.append({key: value for key, value in line.items() if value is not None})
        return lines

    def correct(self):
        """Voids or replaces something; mostly something about sales."""
        seqs = [s for s, e in self.accepted.items() if not ({"correct", "approve"} & set(e)) and not ("define" in e and "calendar" in e["define"])]
        if not seqs:
            return self.contact()
        seq = self.random.choice(seqs)
        event = self.accepted[seq]
        body = {"refSeq": str(seq), "reason": "mistake"}
        kind = next(k for k in ("contact", "quote", "close", "define", "target", "plan") if k in event)
        if self.random.random() < 0.4 and kind not in ("define", "plan"):
            return {"correct": dict(body, void=True)}
        replacement = {kind: self.altered(kind, event[kind])}
        if self.random.random() < 0.4:
            replacement["effectiveDate"] = self.some_day()
        return {"correct": dict(body, replacement=replacement)}

    def altered(self, kind, body):
        body = dict(body)
        if kind in ("quote", "close"):
            if self.random.random() < 0.5 and body.get("lines"):
                body["lines"] = self.lines()
            if self.random.random() < 0.5:
                body.pop("credits", None)
                body.update(self.credits())
            if self.random.random() < 0.3:
                body.update(self.customer(1))
        elif kind == "contact":
            body.update(kind=self.random.choice(CONTACTS), person=self.random.choice(PEOPLE))
        elif kind == "target":
            body["amount"] = str(self.random.randint(1, 20_000_000))
        elif kind == "define":
            if "person" in body and body["person"]["person"].startswith("p"):
                body = self.define_person(body["person"]["person"])["define"]
            elif "customer" in body:
                body = self.define_customer(body["customer"]["customer"])["define"]
        return body

    def invalid(self):
        """(event, right refusals) of something that must not be accepted."""
        deal = self.deal()
        good = {"deal": deal, "currency": "USD", "kind": "WON", "lines": self.lines()}
        return self.random.choice([
            ({"close": dict(good, credits=[{"person": "p1", "sharePpm": "999999"}])}, {"SHARES_DO_NOT_SUM"}),
            ({"close": dict(good, currency="ABC")}, {"UNKNOWN_CURRENCY"}),
            ({"close": dict(good, currency="EUR")}, {"CURRENCY_MISMATCH"}),
            ({"close": dict(good, lines=[{"amountMinor": "-1"}])}, {"INVALID_FIELD"}),
            ({"close": dict(good, deal="nosuch", kind="CANCELLED")}, {"DEAL_STATE"}),
            ({"effectiveDate": "2025-02-29", "close": good}, {"BAD_DATE"}),
            ({"target": {"measure": "booked.luck", "period": "2025", "amount": "1"}}, {"BAD_MEASURE"}),
            ({"target": {"measure": "booked.amount", "period": "2025-00", "amount": "1"}}, {"BAD_PERIOD"}),
            ({"correct": {"refSeq": "99999999", "void": True, "reason": "x"}}, {"NOT_FOUND"}),
        ])

    def wrong_for_the_deal(self):
        """A close drawn without regard to the deal's state: the rules say what is right."""
        kind = self.random.choice(["WON", "LOST", "AMENDED", "CANCELLED", "RETURNED", "COLLECTED"])
        lines = [] if kind == "LOST" else self.lines()
        return {"close": {"deal": self.deal(), "currency": "USD", "kind": kind, "lines": lines}}

    def next(self):
        """(event, set of right outcomes); '' is acceptance. None: the deal rules decide at the time."""
        kind = self.random.random()
        if kind < 0.06:
            return self.invalid()
        makers = ((0.11, self.wrong_for_the_deal), (0.24, self.contact), (0.38, self.quote), (0.76, self.close), (0.84, self.correct),
                  (0.91, self.reorganise), (0.99, self.target))
        maker = next((m for limit, m in makers if kind < limit), lambda: self.plan(self.random.randrange(8)))
        event = maker()
        if "define" not in event:
            event["effectiveDate"] = self.some_day()
        event["id"] = base64.b64encode(self.random.randbytes(16)).decode()
        return event, None

    def outcome(self, event):
        """'' or the refusal that is right now, after all that was accepted."""
        if "plan" in event and event["plan"]["version"] != self.versions.get(event["plan"]["plan"], 0) + 1:
            return "INVALID_FIELD"
        return self.deals.refusal(event)

    def accept(self, seq, event):
        self.accepted[seq] = event
        if "plan" in event:
            self.versions[event["plan"]["plan"]] = event["plan"]["version"]
        self.deals.accept(seq, event)
