"""Values as the daemon sends them."""
from fractions import Fraction


def value_of(value):
    """The exact number, None when undefined."""
    return None if value.denominator == 0 else Fraction(value.numerator, value.denominator)


def as_sent(exact):
    """What the wire can hold of an exact number: a ratio whose terms exceed 64 bits comes rounded, half to even; the greatest number
    stands for what is greater still, the least for what is less."""
    if exact is None or (abs(exact.numerator) < 2 ** 63 and exact.denominator < 2 ** 63):
        return exact
    return Fraction(min(max(round(exact), -2 ** 63), 2 ** 63 - 1))
