"""Days, periods, exact rounding and exact sharing: the small arithmetic under the reference model.

Everything is an int or a Fraction; a day is an int (days since 1970-01-01), a period is a half-open pair of days.
"""
import datetime
from fractions import Fraction

PPM = 1_000_000
EPOCH = datetime.date(1970, 1, 1).toordinal()


def day(text):
    """"2017-07-14" -> day."""
    return datetime.date.fromisoformat(text).toordinal() - EPOCH


def day_text(value):
    return datetime.date.fromordinal(value + EPOCH).isoformat()


DAY_MIN = day("1900-01-01")
DAY_END = day("2999-12-31") + 1
ALL = (DAY_MIN, DAY_END)


def civil(value):
    return datetime.date.fromordinal(value + EPOCH)


def month_start(index):
    """First day of the month with that number of months since year 0."""
    year, month = divmod(index, 12)
    if year >= 3000:
        return DAY_END
    return max(DAY_MIN, datetime.date(year, month + 1, 1).toordinal() - EPOCH) if year >= 1900 else DAY_MIN


def months(index, count):
    return month_start(index), month_start(index + count)


def monday(value):
    return value - civil(value).weekday()


def period(text, fiscal_start=1):
    """The half-open range of days a period name means; ValueError if it is none."""
    if text == "all":
        return ALL
    if ".." in text:
        start, end = text.split("..")
        return day(start), DAY_END if end == "3000-01-01" else day(end)
    year = int(text[:4])
    rest = text[5:]
    if not rest:
        return months(year * 12 + fiscal_start - 1, 12)
    if rest[0] == "Q":
        return months(year * 12 + fiscal_start - 1 + (int(rest[1:]) - 1) * 3, 3)
    if rest[0] == "W":
        start = datetime.date.fromisocalendar(year, int(rest[1:]), 1).toordinal() - EPOCH
        return start, start + 7
    if len(rest) == 2:
        return months(year * 12 + int(rest) - 1, 1)
    start = day(text)
    return start, start + 1


def window_of(kind, value, fiscal_start=1):
    """The WEEK, MONTH, QUARTER or YEAR window that holds a day."""
    if kind == "WEEK":
        start = monday(value)
        return start, start + 7
    size = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[kind]
    date = civil(value)
    index = date.year * 12 + date.month - 1
    index -= (index - (fiscal_start - 1)) % size
    return months(index, size)


def period_name(span, fiscal_start=1):
    """The shortest name that means the same period."""
    if span == ALL:
        return "all"
    date = civil(span[0])
    fiscal = date.year * 12 + date.month - 1 - (fiscal_start - 1)
    iso = date.isocalendar()
    names = [
        "%04d" % (fiscal // 12),
        "%04d-Q%d" % (fiscal // 12, fiscal % 12 // 3 + 1),
        "%04d-%02d" % (date.year, date.month),
        "%04d-W%02d" % (iso[0], iso[1]),
        day_text(span[0]),
    ]
    for name in names:
        if period(name, fiscal_start) == span:
            return name
    return day_text(span[0]) + ".." + day_text(span[1])


def half_even(value):
    """A Fraction to the nearest integer, ties to the even one."""
    return round(Fraction(value))


def half_up(value):
    """Ties away from zero."""
    value = Fraction(value)
    magnitude = (2 * abs(value) + 1) // 2
    return int(magnitude) if value >= 0 else -int(magnitude)


def allocate(total, weights):
    """Largest remainder: parts of `total` by `weights` that add up exactly."""
    weight_sum = sum(weights)
    magnitude = abs(total)
    parts = [magnitude * weight // weight_sum for weight in weights]
    fractions = [magnitude * weight % weight_sum for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-fractions[i], i))
    for i in order[: magnitude - sum(parts)]:
        parts[i] += 1
    return parts if total >= 0 else [-part for part in parts]
