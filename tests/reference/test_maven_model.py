#!/usr/bin/env python3
"""The reference model on its own against the expected answers of the sample year."""
from fractions import Fraction

import maven
import maven_check
from answers import Answers
from check import Check
from ledger import Ledger
from statement import Statements
from values import period


def main():
    check = Check()
    events = [dict(event, seq=i + 1, effectiveDate=event.get("effectiveDate", "2017-01-01")) for i, event in enumerate(maven.events())]
    ledger = Ledger(events)
    answers = Answers(ledger)
    statements = Statements(ledger, answers)
    teams = maven.rows("sales_teams.csv")
    keys = {"agent": sorted((r["sales_agent"] for r in teams), key=str.encode), "manager": {r["manager"] for r in teams},
            "region": {r["regional_office"] for r in teams}, "product": {r["product"] for r in maven.rows("products.csv")}}
    dimensions = {"agent": "BY_PERSON", "manager": "BY_UNIT", "region": "BY_UNIT", "product": "BY_PRODUCT"}

    def values_of(dimension, name):
        span = period(name)
        result = {}
        for measure in maven_check.MEASURES:
            if dimension == "all":
                result.setdefault("all", {})[measure] = answers.value(measure, span)
                continue
            for key, value in answers.split(measure, span, {}, dimensions[dimension]).items():
                result.setdefault(key[5:] if key.startswith("Team ") and dimension == "manager" else key, {})[measure] = value
        return result

    def ranking_of(dimension, name, measure, rank_type):
        wanted = keys[dimension] if dimension != "manager" else {maven.team(m) for m in keys["manager"]}
        rows = answers.ranking(measure, period(name), rank_type=rank_type, dimension=dimensions[dimension],
                               keys=None if dimension == "agent" else wanted)
        return [(rank, key[5:] if dimension == "manager" else key, value) for rank, key, value, _ in rows]

    def statement_of(person, quarter, plan):
        lines = statements.statement(person, period(quarter), plan)
        deals = {}
        for line in lines:
            for part in line.parts:
                deals[part.deal] = deals.get(part.deal, 0) + part.earned
        return sum(line.earned for line in lines), deals

    def attainment_of(agent, quarter):
        _, actual, attainment = answers.attainment({"person": agent}, "booked.amount", period(quarter))
        check.equal(attainment, Fraction(actual, maven.QUOTA), "exact attainment", agent, quarter)
        return attainment

    maven_check.performance(check, values_of)
    maven_check.rankings(check, ranking_of)
    maven_check.commissions(check, statement_of, attainment_of)
    check.finish()


if __name__ == "__main__":
    main()
