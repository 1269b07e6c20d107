#!/usr/bin/env python3
"""The sample year through the whole system: every figure of the expected answers.

    test_maven.py              imported from the CSV files with `salesledger import` and the mappings of tools/import/maven-crm
    test_maven.py --direct     the same year as the reference model's events, through the socket
"""
import glob
import os
import sys
from fractions import Fraction

import harness
import maven
import maven_check
from check import Check
from compare_value import value_of
from test_worked import statement

MAPPINGS = os.path.join(harness.ROOT, "tools", "import", "maven-crm")
DIMENSIONS = {"all": "DIMENSION_NONE", "agent": "BY_PERSON", "manager": "BY_UNIT", "region": "BY_UNIT", "product": "BY_PRODUCT"}
IMPORTS = (("teams", "sales_teams.csv"), ("products", "products.csv"), ("customers", "accounts.csv"), ("targets", "sales_teams.csv"),
           ("pipeline", "sales_pipeline.csv"))


def run_cli(check, daemon, *arguments, stdin=None):
    result = daemon.cli(*arguments, stdin=stdin)
    check.equal(result.returncode, 0, *arguments, result.stdout[-2000:], result.stderr[-2000:])


def import_all(check, daemon):
    for path in sorted(glob.glob(os.path.join(MAPPINGS, "*.jsonl"))):
        with open(path, encoding="utf-8") as file:
            run_cli(check, daemon, "append", stdin=file.read())
    for mapping, table in IMPORTS:
        run_cli(check, daemon, "import", "--mapping", os.path.join(MAPPINGS, mapping + ".json"), os.path.join(maven.FOLDER, table))


def append_all(check, daemon):
    client = daemon.client()
    events = maven.events()
    for start in range(0, len(events), 1000):
        receipts = client.append(events[start:start + 1000], all_or_nothing=True)
        check.equal([str(r.error) for r in receipts if r.HasField("error")][:3], [], "append")


class Answers:
    """The daemon's answers in the form maven_check asks for."""

    def __init__(self, client, check):
        self.client, self.check = client, check
        self.teams = {maven.team(row["manager"]): row["manager"] for row in maven.rows("sales_teams.csv")}
        self.offices = {row["regional_office"] for row in maven.rows("sales_teams.csv")}

    def key(self, dimension, key):
        """The expected files' key, None for a unit of the other level."""
        if dimension == "manager":
            return self.teams.get(key)
        if dimension == "region":
            return key if key in self.offices else None
        return "all" if dimension == "all" else key

    def values_of(self, dimension, period):
        rows = self.client.measures(maven_check.MEASURES, period, by=DIMENSIONS[dimension])
        return {self.key(dimension, key): dict(zip(maven_check.MEASURES, map(value_of, values))) for key, values in rows.items()}

    def ranking_of(self, dimension, period, measure, rank_type):
        """Regional offices are the topmost units, managers' teams the units right below them."""
        level = {"region": 1, "manager": 2}.get(dimension, 0)
        rows = self.client.rank(dimension=DIMENSIONS[dimension], measure=measure, period=period, type=rank_type, unit_level=level)
        return [(row.rank_milli, self.key(dimension, row.key), row.value.numerator) for row in rows]

    def statement_of(self, person, quarter, plan):
        name = plan
        if plan == "override" and not self.direct:
            name = "manager-override"
        return statement(self.client, person, quarter, name)

    def attainment_of(self, agent, quarter):
        rows = self.client.targets(period=quarter, scope={"person": agent}, measure="booked.amount")
        rows = [row for row in rows if row.period == quarter]
        if not self.check.equal(len(rows), 1, "targets of", agent, quarter):
            return None
        exact = Fraction(rows[0].actual.numerator, maven.QUOTA)
        self.check.equal(value_of(rows[0].attainment), exact * 1_000_000, "exact attainment", agent, quarter)
        return exact


def main():
    check = Check()
    with harness.daemon() as daemon:
        direct = "--direct" in sys.argv
        append_all(check, daemon) if direct else import_all(check, daemon)
        answers = Answers(daemon.client(), check)
        answers.direct = direct
        maven_check.performance(check, answers.values_of)
        maven_check.rankings(check, answers.ranking_of)
        maven_check.commissions(check, answers.statement_of, answers.attainment_of)
        if not direct:
            head = answers.client.status().head
            import_all(check, daemon)
            check.equal(answers.client.status().head, head, "importing again adds nothing")
    check.finish()


if __name__ == "__main__":
    main()
