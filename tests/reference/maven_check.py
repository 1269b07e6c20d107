"""Compares answers about the sample year with the expected ones. The source of answers is a set of functions, so that the model
and the daemon go through the same comparison."""
from fractions import Fraction

import maven


def decimal(value, places):
    """An exact value as the expected files print it: half to even, empty when undefined."""
    if value is None:
        return ""
    scaled = round(Fraction(value) * 10 ** places)
    sign = "-" if scaled < 0 else ""
    return "%s%d.%0*d" % (sign, abs(scaled) // 10 ** places, places, abs(scaled) % 10 ** places)


MEASURES = ("won.count", "booked.amount", "lost.count", "win.rate", "cycle.days", "cycle.days:CLOSED")


def performance(check, values_of):
    """values_of(dimension, period) -> {key: {measure: int, Fraction or None}}"""
    cache = {}
    for row in maven.expected("performance"):
        period = row["period"]
        if (row["dimension"], period) not in cache:
            cache[row["dimension"], period] = values_of(row["dimension"], period)
        values = cache[row["dimension"], period].get(row["key"], {})
        won, lost = values.get("won.count") or 0, values.get("lost.count") or 0
        rate, cycle, closed = (values.get(m) for m in ("win.rate", "cycle.days", "cycle.days:CLOSED"))
        got = {
            "won_count": str(Fraction(won, 10 ** 6)), "won_cents": str(values.get("booked.amount") or 0),
            "lost_count": str(Fraction(lost, 10 ** 6)),
            "win_rate": decimal(None if rate is None else Fraction(rate) / 10 ** 6, 6),
            "won_cycle_days_sum": str(Fraction(cycle or 0) * won / 10 ** 6),
            "won_cycle_days_avg": decimal(cycle, 4),
            "closed_cycle_days_sum": str(Fraction(closed or 0) * (won + lost) / 10 ** 6),
            "closed_cycle_days_avg": decimal(closed, 4),
        }
        for field, value in got.items():
            check.equal(value, row[field], "performance", row["dimension"], row["key"], period, field)


def rankings(check, ranking_of):
    """ranking_of(dimension, period, measure, type) -> [(rank in thousandths, key, value)]"""
    groups = {}
    for row in maven.expected("rankings"):
        groups.setdefault((row["dimension"], row["period"], row["metric"]), []).append(row)
    for (dimension, period, metric), rows in groups.items():
        measure, unit = {"won_cents": ("booked.amount", 1), "won_count": ("won.count", 10 ** 6)}[metric]
        for rank_type, column in (("STANDARD", "rank"), ("DENSE", "dense_rank")):
            want = [(int(r[column]) * 1000, r["key"], int(r["value"]) * unit) for r in rows]
            check.equal(ranking_of(dimension, period, measure, rank_type), want, "ranking", dimension, period, metric, rank_type)


def commissions(check, statement_of, attainment_of):
    """statement_of(person, quarter, plan) -> (total, {deal: earned}); attainment_of(agent, quarter) -> Fraction or None"""
    plans = {"flat5": "flat5_cents", "flat4125": "flat4125_cents", "tiered": "tiered_cents", "accelerator": "accelerator_cents"}
    deals = {}
    for row in maven.expected("commission_deals"):
        for plan, column in plans.items():
            deals.setdefault((row["sales_agent"], row["quarter"], plan), {})[row["opportunity_id"]] = int(row[column])
        override = deals.setdefault((row["manager"], row["quarter"], "override"), {})
        override[row["opportunity_id"]] = int(row["manager_override_cents"])
    sums = {}
    for row in maven.expected("commission_agent_quarter"):
        key = (row["sales_agent"], row["quarter"])
        for plan, column in plans.items():
            sums[key + (plan,)] = int(row[column])
        attainment = attainment_of(*key)
        check.equal(decimal(attainment or 0, 6), row["attainment"], "attainment", *key)
    for row in maven.expected("commission_manager_quarter"):
        sums[row["manager"], row["quarter"], "override"] = int(row["override_cents"])
    for key, total in sums.items():
        got_total, got_deals = statement_of(*key)
        check.equal(got_total, total, "commission", *key)
        want = deals.get(key, {})
        check.equal(len(got_deals), len(want), "deals of", *key)
        for deal, earned in want.items():
            check.equal(got_deals.get(deal), earned, "commission", *key, deal)
