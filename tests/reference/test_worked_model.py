#!/usr/bin/env python3
"""The reference model gives the worked examples, and its small arithmetic is right."""
import worked
from answers import Answers
from check import Check
from ledger import Ledger
from statement import Statements
from values import allocate, day, day_text, half_even, half_up, period, period_name
from fractions import Fraction


def answer(check, name, events, questions):
    numbered = [dict(event, seq=i + 1, effectiveDate=event.get("effectiveDate", "2025-01-01")) for i, event in enumerate(events)]
    ledger = Ledger(numbered)
    answers = Answers(ledger)
    for question in questions:
        if question[0] == "statement":
            _, person, span, total, per_deal = question
            lines = Statements(ledger, answers).statement(person, period(span))
            check.equal(sum(line.earned for line in lines), total, name, person)
            if per_deal:
                check.equal({part.deal: part.earned for line in lines for part in line.parts}, per_deal, name, "deals")
        elif question[0] == "value":
            _, measure, span, scope, value = question
            check.equal(answers.value(measure, period(span), scope), value, name, measure, scope)
        elif question[0] == "target":
            _, span, person, amount, origins, effective = question
            scope = {"person": person}
            stretches = answers.target(scope, "booked.amount", period(span))
            parts = [(period_name(s.stored.span), sum(s.parts.values())) for s in stretches]
            check.equal(answers.target_amount(scope, "booked.amount", period(span)), amount, name, span)
            check.equal(parts, origins or [(span, amount)], name, span, "origins")
            check.equal(answers.effective(scope, "booked.amount", period(span)), effective, name, span, "effective")
        else:
            _, kind, span, rows = question
            ranks = answers.ranking("booked.amount", period(span), rank_type=kind)
            check.equal([(milli, key) for milli, key, _, _ in ranks], rows, name, kind)


def main():
    check = Check()
    for name, events, questions in worked.scenarios():
        answer(check, name, events, questions)
    check.equal(allocate(1003, [17, 23, 30, 30]), [170, 231, 301, 301], "23 spread by weights")
    check.equal(allocate(-5, [70, 30]), [-4, -1], "a negative total gives the negated parts")
    check.equal([half_even(Fraction(n, 2)) for n in (1, 3, 5, -1, -3)], [0, 2, 2, 0, -2], "half even")
    check.equal([half_up(Fraction(n, 2)) for n in (1, 3, 5, -1, -3)], [1, 2, 3, -1, -2], "half up")
    for name, start, end in (("2017-W31", "2017-07-31", "2017-08-07"), ("2026-W53", "2026-12-28", "2027-01-04"),
                             ("2024-02", "2024-02-01", "2024-03-01"), ("2017-Q4", "2017-10-01", "2018-01-01")):
        check.equal(tuple(day_text(d) for d in period(name)), (start, end), name)
        check.equal(period_name((day(start), day(end))), name, "name of", start)
    check.equal(tuple(day_text(d) for d in period("2017-Q1", 4)), ("2017-04-01", "2017-07-01"), "fiscal quarter")
    check.finish()


if __name__ == "__main__":
    main()
