"""The worked examples as small histories with known answers; the model and the daemon both have to give them.

Each scenario is (name, events, questions). A question is
    ("statement", person, period, total, {deal: earned} or None)      minor units
    ("value", measure, period, scope, value)                          in the measure's unit
    ("rank", type, period, [(rank in thousandths, person)])           by booked.amount
    ("target", period, person, amount, [(period, part)], effective)   of booked.amount: whole, of which stored targets, after pro-rating
"""

from fractions import Fraction

MARGINAL_TIERS = [(0, 10_000), (100_000, 20_000), (300_000, 30_000), (800_000, 50_000)]
SIX_DEALS = [20_000, 30_000, 150_000, 120_000, 200_000, 450_000]


def curve(rows, mode="MARGINAL", value="RATE", **more):
    return dict({"mode": mode, "value": value, "rows": [{"from": str(f), "y": str(y)} for f, y in rows]}, **more)


def component(rows, mode="MARGINAL", value="RATE", window="DEAL", name="pay", edge="GE", **more):
    return dict({"component": name, "window": window, "curve": curve(rows, mode, value, edge=edge)}, **more)


def plan(*components, name="plan", **more):
    return {"plan": dict({"plan": name, "version": 1, "validFrom": "2025-01-01", "currency": "USD", "state": "PUBLISHED",
                          "assignees": [{"kind": "EVERYONE"}], "components": list(components)}, **more)}


def people(*names, **more):
    events = [{"define": {"unit": {"unit": "team"}}}]
    return events + [{"define": {"person": dict({"person": name, "unit": "team"}, **more)}} for name in names]


def sale(deal, amount, credits="ann", date="2025-02-03", quantity=1000):
    if isinstance(credits, str):
        credits = [(credits, 1_000_000)]
    return {"effectiveDate": date, "close": {
        "deal": deal, "kind": "WON", "currency": "USD", "lines": [{"product": "thing", "amountMinor": str(amount), "quantity": str(quantity)}],
        "credits": [{"person": person, "sharePpm": str(share), "kind": "DIRECT"} for person, share in credits]}}


def quota(amount, period, person="ann", **more):
    return {"target": dict({"scope": {"person": person}, "measure": "booked.amount", "period": period, "amount": str(amount)}, **more)}


def part(period, person, amount, *origins, effective=None):
    """A question for a target that no event has set for this period."""
    return ("target", period, person, amount, list(origins), amount if effective is None else effective)


def deals(amounts):
    return [sale("d%d" % (i + 1), amount) for i, amount in enumerate(amounts)]


def each(values):
    return {"d%d" % (i + 1): value for i, value in enumerate(values)}


def paid(name, components, sales, period, total, per_deal=None, before=(), **person):
    events = people("ann", **person) + [plan(*components)] + list(before) + sales
    return name, events, [("statement", "ann", period, total, per_deal)]


ATTAINMENT = {"kind": "ATTAINMENT"}
ACCELERATED = [(0, 1_000_000), (1_000_000, 1_500_000)]
DECELERATED = [(0, 500_000), (500_000, 1_000_000), (1_000_000, 1_500_000)]
POINTS = [(0, 0), (100_000, 1_000), (300_000, 5_000), (800_000, 15_000), (2_000_000, 215_000)]
BREAK_EVEN = [(0, 17_500), (150_000_000, 25_000)]


def gated(amount, total):
    rate = component([(0, 100_000)], window="YEAR", gate=[{"index": ATTAINMENT, "atLeast": "700000"}])
    return paid("11 gate at %d" % amount, [rate], [sale("d1", amount)], "2025", total, before=[quota(100_000_000, "2025")])


def target_pay(name, rows, amount, total):
    pay = component(rows, value="TARGET_PAY_SHARE", window="YEAR", index=ATTAINMENT)
    return paid(name, [pay], [sale("d1", amount)], "2025", total, before=[quota(50_000_000, "2025")],
                payCurrency="USD", variablePayMinor="10000000")


def linear(rows, name="pay", **more):
    """Over the attainment of the year; more: a FACTOR of it, or another index."""
    if name != "pay":
        more.update(kind="FACTOR", factorOf=["pay"])
    return component(rows, "LINEAR", "RATE" if name == "pay" else "FACTOR", "YEAR", name, **dict({"index": ATTAINMENT}, **more))


def linear_factors():
    """Amounts without common divisors: numerator and denominator of the exact line have more than 200 bits each."""
    components = [linear([(0, 20_011), (1_000_003, 50_021)]), linear([(0, 500_009), (1_000_003, 1_500_007)], "volume"),
                  linear([(0, 700_001), (1_000_033, 1_300_021)], "units", index=dict(ATTAINMENT, measure="booked.units"))]
    sales = [sale("d1", 123_456_789_011, quantity=3_001), sale("d2", 765_432_109_877, quantity=2_003)]
    return paid("LINEAR factors of a LINEAR rate", components, sales, "2025", 65_022_391_569, {"d1": 9_030_887_535, "d2": 55_991_504_034},
                before=[quota(999_999_999_989, "2025"), quota(7_013, "2025", measure="booked.units")])


def scenarios():
    result = [
        paid("1 marginal tiers per deal", [component(MARGINAL_TIERS)], deals(SIX_DEALS), "2025", 16_400,
             each([200, 300, 2_000, 1_400, 3_000, 9_500])),
        paid("2 marginal over the quarter", [component(MARGINAL_TIERS, window="QUARTER")], deals(SIX_DEALS), "2025-Q1", 28_500),
        paid("2 whole over the quarter", [component(MARGINAL_TIERS, "WHOLE", window="QUARTER")], deals(SIX_DEALS), "2025-Q1", 48_500),
        paid("3 interpolated tiers", [component(POINTS, "LINEAR", "FIXED_AMOUNT")], deals(SIX_DEALS), "2025", 14_900,
             each([200, 300, 2_000, 1_400, 3_000, 8_000])),
        paid("4 whole amount", [component([(0, 10_000), (1_000_000, 20_000), (5_000_000, 30_000), (10_000_000, 40_000)], "WHOLE")],
             deals([500_000, 1_500_000, 6_000_000]), "2025", 215_000, each([5_000, 30_000, 180_000])),
        paid("5 exactly on a bound, GE", [component(BREAK_EVEN, "WHOLE")], deals([150_000_000]), "2025", 3_750_000),
        paid("5 exactly on a bound, GT", [component(BREAK_EVEN, "WHOLE", edge="GT")], deals([150_000_000]), "2025", 2_625_000),
        paid("6 marginal tiers", [component([(0, 30_000), (30_000_000, 50_000), (50_000_000, 70_000)])], deals([60_000_000]), "2025", 2_600_000),
        paid("7 marginal tiers", [component([(0, 50_000), (10_000_000, 70_000), (25_000_000, 100_000)])], deals([18_000_000]), "2025", 1_060_000),
        paid("8 accelerator as a factor",
             [component([(0, 60_000)], window="YEAR"),
              component([(0, 1_000_000), (1_150_000, 1_250_000)], "WHOLE", "FACTOR", "YEAR", "boost", kind="FACTOR",
                        factorOf=["pay"], index=ATTAINMENT)],
             [sale("d1", 5_000_000)], "2025", 375_000, before=[quota(4_000_000, "2025")]),
        target_pay("9 rate from target pay", ACCELERATED, 65_000_000, 14_500_000),
        target_pay("10 decelerator", DECELERATED, 20_000_000, 2_000_000),
        gated(50_000_000, 0), gated(69_000_000, 0), gated(70_000_000, 7_000_000), gated(90_000_000, 9_000_000),
        linear_factors(),
        paid("14 spiff plus rate",
             [component([(0, 80_000)], window="QUARTER"),
              component([(0, 100_000)], value="PER_UNIT", window="QUARTER", name="spiff", filter={"quantity": "UNITS"})],
             deals([2_000_000] * 5), "2025-Q1", 1_300_000),
    ]
    split = [("ann", 600_000), ("bob", 400_000)]
    result.append(("15 split", people("ann", "bob") + [plan(component([(0, 100_000)])), sale("d1", 15_000_000, split)],
                   [("statement", "ann", "2025", 900_000, None), ("statement", "bob", "2025", 600_000, None)]))
    for shares, parts in (((700_000, 300_000), (4, 1)), ((300_000, 700_000), (2, 3))):
        credits = list(zip(("ann", "bob"), shares))
        result.append(("21 largest remainder", people("ann", "bob") + [sale("d1", 5, credits)],
                       [("value", "booked.amount", "2025", {"person": p}, v) for p, v in zip(("ann", "bob"), parts)]
                       + [("value", "booked.amount", "2025", {}, 5), ("value", "booked.amount", "2025", {"unit": "team"}, 5)]))
    year, months = "2026", "2026-01-01..2026-05-01"
    by_quarter = ["17", "0", "0", "23", "0", "0", "30", "0", "0", "30", "0", "0"]
    result.append(("23 spread by weights", people("ann", "bob") + [quota(1003, months, weights=["17", "23", "30", "30"]),
                                                                   quota(1003, year, "bob", weights=by_quarter)],
                   [part("2026-0%d" % (i + 1), "ann", amount, (months, amount)) for i, amount in enumerate((170, 231, 301, 301))]
                   + [part("2026-Q%d" % (i + 1), "bob", amount, (year, amount)) for i, amount in enumerate((170, 231, 301, 301))]))
    result.append(("35 weeks across months", people("ann") + [quota(31_000_000, "2026-01"), quota(28_000_000, "2026-02")],
                   [part("2026-W05", "ann", 7_000_000, ("2026-01", 6_000_000), ("2026-02", 1_000_000)),
                    part("2026-W04", "ann", 7_000_000, ("2026-01", 7_000_000)),
                    part("2026-01-01..2026-03-01", "ann", 59_000_000, ("2026-01", 31_000_000), ("2026-02", 28_000_000))]))
    for hired, active in (("2013-10-12", 81), ("2013-07-15", 170)):
        result.append(("25 pro-rating from %s" % hired, people("ann", hired=hired) + [quota(10_000, "2013")],
                       [("target", "2013", "ann", 10_000, [], Fraction(10_000 * active, 365))]))
    scores = list(zip("abcdefg", (44, 42, 42, 41, 41, 41, 39)))
    places = {"STANDARD": (1, 2, 2, 4, 4, 4, 7), "MODIFIED": (1, 3, 3, 6, 6, 6, 7), "DENSE": (1, 2, 2, 3, 3, 3, 4),
              "ORDINAL": (1, 2, 3, 4, 5, 6, 7), "FRACTIONAL": (1, 2.5, 2.5, 5, 5, 5, 7)}
    result.append(("27 five rank types", people(*"abcdefg") + [sale("d" + p, score, p) for p, score in scores],
                   [("rank", kind, "2025", [(int(place * 1000), p) for place, (p, _) in zip(row, scores)])
                    for kind, row in places.items()]))
    return result
