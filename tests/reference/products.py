"""What each product has of a deal's booked value, and which products the deal still counts for."""


class Products:
    """Of one deal. None is what was booked without a product."""

    def __init__(self):
        self.booked = {}      # product -> amount
        self.counted = set()  # by the WON, and not ended since
        self.won = []         # [(product, amount)] of the WON

    def _left(self, product):
        return max(0, self.booked.get(product, 0))

    def is_beyond(self, lines):
        """Do lines [(product, amount)] take more than what is booked of their products, and without one, can give?"""
        taken = {}
        for product, amount in lines:
            if product is not None:
                taken[product] = taken.get(product, 0) + amount
        return sum(max(0, amount - self._left(product)) for product, amount in taken.items()) > self._left(None)

    def win(self, lines):
        self.booked = {}
        self.won = list(lines)
        self.counted = {product for product, _ in lines}
        self.add(lines)

    def add(self, lines):
        for product, amount in lines:
            self.booked[product] = self.booked.get(product, 0) + amount

    def take(self, lines, is_over):
        """Gives the products that ended."""
        for product, amount in lines:
            own = amount if product is None else min(amount, self._left(product))
            self.add([(product, -own), (None, own - amount)])
        touched = {product for product, _ in lines if self.booked.get(product, 0) <= 0}
        ended = self.counted & (self.counted if is_over else touched)
        self.counted -= ended
        if is_over:
            self.booked = {}
        return ended
