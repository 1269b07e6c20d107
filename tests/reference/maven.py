"""The sample year as events, and its expected answers; for tests of the model and of the daemon.

    opportunity  -> a contact on the day it was engaged, and a close on the day it was won or lost
    office, team -> units (a team below its office, managed by its manager); agents belong to teams, managers to none
"""
import csv
import gzip
import os

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.environ.get("SL_MAVEN_DIR") or os.path.join(HERE, "..", "data", "maven-crm")
EXPECTED = os.path.join(HERE, "..", "data", "maven-crm", "expected")
QUARTERS = ["2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4"]
QUOTA = 7_500_000


def rows(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def expected(name):
    with gzip.open(os.path.join(EXPECTED, name + ".csv.gz"), "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def team(manager):
    return "Team " + manager


def master():
    events = []
    teams = rows("sales_teams.csv")
    for office in sorted({r["regional_office"] for r in teams}):
        events.append({"define": {"unit": {"unit": office, "name": office}}})
    for manager, office in sorted({(r["manager"], r["regional_office"]) for r in teams}):
        events.append({"define": {"person": {"person": manager, "name": manager, "role": "manager"}}})
        events.append({"define": {"unit": {"unit": team(manager), "name": team(manager), "parent": office, "manager": manager}}})
    for row in teams:
        agent = row["sales_agent"]
        events.append({"define": {"person": {"person": agent, "name": agent, "unit": team(row["manager"]), "role": "agent"}}})
    for row in rows("products.csv"):
        events.append({"define": {"product": {"product": row["product"], "line": row["series"], "currency": "USD",
                                              "listPriceMinor": str(int(row["sales_price"]) * 100)}}})
    for row in rows("accounts.csv"):
        events.append({"define": {"customer": {"customer": row["account"], "segment": row["sector"],
                                               "region": row["office_location"]}}})
    return events


def sales():
    dated = []
    for row in rows("sales_pipeline.csv"):
        deal, agent = row["opportunity_id"], row["sales_agent"]
        product = {"GTXPro": "GTX Pro"}.get(row["product"], row["product"])
        account = {"customer": row["account"]} if row["account"] else {}
        if row["engage_date"]:
            contact = dict(account, deal=deal, person=agent, kind="OTHER")
            dated.append((row["engage_date"], 0, deal, {"effectiveDate": row["engage_date"], "contact": contact}))
        if row["deal_stage"] in ("Won", "Lost"):
            close = dict(account, deal=deal, kind=row["deal_stage"].upper(), currency="USD",
                         lines=[{"product": product, "amountMinor": str(int(row["close_value"]) * 100)}],
                         credits=[{"person": agent, "sharePpm": "1000000", "kind": "DIRECT"}])
            dated.append((row["close_date"], 1, deal, {"effectiveDate": row["close_date"], "close": close}))
    return [event for _, _, _, event in sorted(dated, key=lambda d: (d[0], d[1], d[2].encode()))]


def component(name, rate_rows, **more):
    curve = {"mode": "MARGINAL", "value": "RATE", "rows": [{"from": str(f), "y": str(y)} for f, y in rate_rows]}
    return dict({"component": name, "window": "QUARTER", "curve": curve}, **more)


def plans():
    everyone = [{"kind": "EVERYONE"}]
    multiplier = {"component": "multiplier", "kind": "FACTOR", "factorOf": ["accelerator"], "window": "QUARTER",
                  "index": {"kind": "ATTAINMENT", "measure": "booked.amount"},
                  "curve": {"mode": "WHOLE", "value": "FACTOR",
                            "rows": [{"from": "0", "y": "500000"}, {"from": "500000", "y": "1000000"},
                                     {"from": "1000000", "y": "1500000"}, {"from": "1200000", "y": "2000000"}]}}
    tiers = [(0, 30000), (2_500_000, 52500), (7_500_000, 81250)]
    bodies = [
        ("flat5", everyone, [component("flat5", [(0, 50000)])]),
        ("flat4125", everyone, [component("flat4125", [(0, 41250)])]),
        ("tiered", everyone, [component("tiered", tiers)]),
        ("accelerator", everyone, [component("accelerator", [(0, 37000)]), multiplier]),
        ("override", [{"kind": "MANAGERS"}], [component("override", [(0, 7500)], scope={"kind": "SUBTREE"})]),
    ]
    events = []
    for name, assignees, components in bodies:
        events.append({"plan": {"plan": name, "version": 1, "validFrom": "2017-01-01", "currency": "USD", "state": "PUBLISHED",
                                "assignees": assignees, "components": components}})
    return events


def quotas():
    return [{"target": {"scope": {"person": r["sales_agent"]}, "measure": "booked.amount", "period": quarter, "amount": str(QUOTA)}}
            for r in rows("sales_teams.csv") for quarter in QUARTERS]


def events():
    """All of it, in the order it is appended."""
    return master() + plans() + quotas() + sales()
