"""Targets for any period, day by day: which stored target a day takes its part from, what that part is, what the day weighs.

Slow on purpose: every target is a list of its days, and everything else is a sum over them.
"""
import collections
from fractions import Fraction

from values import PPM, allocate, civil, day, month_start

# A target as it was set.
Stored = collections.namedtuple("Stored", "seq span amount weights target")

# Days in a row that take their part from one stored target: {day: part}, {day: weight}.
Stretch = collections.namedtuple("Stretch", "stored parts weights")


def counts(value, holidays):
    """Does the day count? Once days without work are listed, Mondays to Fridays that are none of them."""
    return not holidays or (civil(value).weekday() < 5 and value not in holidays)


def months_of(span):
    """The months as periods, [] unless the period is made of whole ones."""
    first, last = civil(span[0]), civil(span[1])
    if first.day != 1 or last.day != 1:
        return []
    indexes = range(first.year * 12 + first.month - 1, last.year * 12 + last.month - 1)
    return [(month_start(index), month_start(index + 1)) for index in indexes]


def flags(span, holidays):
    """1 for each day that counts, else 0; all 1 where none would."""
    result = [int(counts(value, holidays)) for value in range(*span)]
    return result if any(result) else [1] * len(result)


def day_parts(stored, holidays):
    """The amount over the days of its period, one part for each."""
    months = months_of(stored.span)
    if stored.weights and len(stored.weights) != len(months):
        return allocate(stored.amount, stored.weights)
    if not months:
        return allocate(stored.amount, flags(stored.span, holidays))
    amounts = allocate(stored.amount, stored.weights or [1] * len(months))
    return [part for month, amount in zip(months, amounts) for part in allocate(amount, flags(month, holidays))]


def day_weights(stored, holidays):
    """What each day weighs. Without weights all that count weigh the same, however long their months."""
    months = months_of(stored.span)
    if not stored.weights:
        return flags(stored.span, holidays)
    if len(stored.weights) != len(months):
        return stored.weights
    result = []
    for month, weight in zip(months, stored.weights):
        mine = flags(month, holidays)
        result += [Fraction(weight * flag, sum(mine)) for flag in mine]
    return result


def source_of(value, stored, span):
    """The stored target that gives a day its part: the longest inside the period, else the shortest that holds the day."""
    def preference(one):
        length = one.span[1] - one.span[0]
        inside = span[0] <= one.span[0] and one.span[1] <= span[1]
        return (inside, length if inside else -length, one.seq)
    return max((one for one in stored if one.span[0] <= value < one.span[1]), key=preference, default=None)


def derive(stored, span, holidays):
    """The stretches of the target for a period; [] if a day has none."""
    stretches = []
    for value in range(*span):
        source = source_of(value, stored, span)
        if source is None:
            return []
        if not stretches or stretches[-1].stored is not source:
            stretches.append(Stretch(source, {}, {}))
        place = value - source.span[0]
        stretches[-1].parts[value] = day_parts_of(source, holidays)[place]
        stretches[-1].weights[value] = day_weights_of(source, holidays)[place]
    return stretches


KNOWN = {}


def remembered(function, stored, holidays):
    key = (function, stored.seq, stored.span, stored.amount, tuple(stored.weights), tuple(sorted(holidays)))
    if key not in KNOWN:
        KNOWN[key] = function(stored, holidays)
    return KNOWN[key]


def day_parts_of(stored, holidays):
    return remembered(day_parts, stored, holidays)


def day_weights_of(stored, holidays):
    return remembered(day_weights, stored, holidays)


def amount(stretches):
    return sum(sum(stretch.parts.values()) for stretch in stretches)


def due(stretches, today):
    """What of the target is over on the evening of a day, by weights: whole stretches, and the share of the one that has begun."""
    result = Fraction(0)
    for stretch in stretches:
        part, weight = sum(stretch.parts.values()), sum(stretch.weights.values())
        over = sum(w for value, w in stretch.weights.items() if value <= today)
        result += part if max(stretch.weights) <= today else Fraction(part * over) / weight if weight else 0
    return result


def prorate(stretches, span):
    """What of the target falls on some of its days, by weights."""
    result = Fraction(0)
    for stretch in stretches:
        weight = sum(stretch.weights.values())
        inside = sum(w for value, w in stretch.weights.items() if span[0] <= value < span[1])
        result += Fraction(sum(stretch.parts.values()) * inside) / weight if weight else 0
    return result


def weighing_days(stretches):
    return sum(1 for stretch in stretches for weight in stretch.weights.values() if weight)


def tenure_months(hired, value):
    """Full months since the hire; from a 31st, a month is full on the last day of a shorter one."""
    start, now = civil(hired), civil(value)
    full = now.day >= start.day or civil(value + 1).day == 1
    return (now.year - start.year) * 12 + now.month - start.month - (not full)


def factor(person, value):
    """What a person's define makes of a day: 0 outside hire and leave, else the ramp's factor of the tenure month, in ppm."""
    hired, left = person.get("hired"), person.get("left")
    if (hired and value < day(hired)) or (left and value > day(left)):
        return 0
    result = PPM
    for step in person.get("ramp", []) if hired else []:
        if int(step.get("fromMonth", 0)) <= tenure_months(day(hired), value):
            result = int(step.get("factorPpm", 0))
    return result


def effective(stretches, define_on):
    """The target after pro-rating and ramp. `define_on` gives the person's define of a day, {} if none holds."""
    result = Fraction(0)
    for stretch in stretches:
        weight = sum(stretch.weights.values())
        if not weight:
            continue
        active = sum(w * factor(define_on(value), value) for value, w in stretch.weights.items() if define_on(value))
        result += Fraction(sum(stretch.parts.values()) * active) / (weight * PPM)
    return result
