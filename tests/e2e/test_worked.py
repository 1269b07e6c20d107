#!/usr/bin/env python3
"""The daemon gives the worked examples."""
import harness
import worked
from check import Check
from compare_value import value_of


def statement(client, person, period, plan=None):
    """(total, {deal: earned}) over all pages."""
    total, deals = 0, {}
    for page in client.statement(person, period, plan):
        total = page.total_minor
        for line in page.lines:
            for deal in line.deals:
                deals[deal.deal] = deals.get(deal.deal, 0) + deal.earned_minor
    return total, deals


def ask(check, client, name, question):
    if question[0] == "statement":
        _, person, period, total, per_deal = question
        got_total, got_deals = statement(client, person, period)
        check.equal(got_total, total, name, person)
        if per_deal:
            check.equal(got_deals, per_deal, name, "deals")
    elif question[0] == "value":
        _, measure, period, scope, value = question
        got = client.measures([measure], period, scope)
        check.equal([(v.numerator, v.denominator) for row in got.values() for v in row], [(value, 1)], name, measure, scope)
    elif question[0] == "target":
        _, period, person, amount, origins, effective = question
        rows = client.targets(period=period, scope={"person": person})
        if check.equal(len(rows), 1, name, period, "rows"):
            row = rows[0]
            check.equal((row.target, row.derived), (amount, bool(origins)), name, period)
            check.equal([(origin.period, origin.part) for origin in row.origins], origins, name, period, "origins")
            check.equal(value_of(row.effective) if row.HasField("effective") else amount, effective, name, period, "effective")
    else:
        _, kind, period, rows = question
        got = client.rank(measure="booked.amount", period=period, type=kind)
        check.equal([(row.rank_milli, row.key) for row in got], rows, name, kind)


def main():
    check = Check()
    for name, events, questions in worked.scenarios():
        with harness.daemon() as daemon:
            client = daemon.client()
            receipts = client.append(events)
            errors = [str(r.error) for r in receipts if r.HasField("error")]
            if check.equal(errors, [], name):
                for question in questions:
                    ask(check, client, name, question)
    check.finish()


if __name__ == "__main__":
    main()
